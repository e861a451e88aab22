// Package passphrase: the part that Rolecall adds to a copy of the Pulumi engine's package (toolchain/patch.py).
//
// The engine derives a stack's key from the passphrase whenever it opens the stack: a million rounds of PBKDF2, a
// quarter of a second, in each process and also for a stack without any secret. Rolecall checks the passphrase once
// for all stacks of a run, and names the salts for which it was right; for these the key is derived when it is needed.
package passphrase

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// verifiedSalts names the SHA-256 of each verified salt, as the state of a stack has it, with spaces between them.
const verifiedSalts = "ROLECALL_VERIFIED_SALTS"

// symmetricCrypterFromPhraseAndState returns what encrypts and decrypts with the key of a passphrase and a salt. It
// fails at once where the passphrase is not the one of the salt, unless the salt is named as verified.
func symmetricCrypterFromPhraseAndState(phrase string, state string) (config.Crypter, error) {
	if !isVerified(state) {
		return checkedCrypterFromPhraseAndState(phrase, state)
	}
	return &onDemand{derive: sync.OnceValues(func() (config.Crypter, error) {
		return checkedCrypterFromPhraseAndState(phrase, state)
	})}, nil
}

func isVerified(state string) bool {
	digest := sha256.Sum256([]byte(state))
	return slices.Contains(strings.Fields(os.Getenv(verifiedSalts)), hex.EncodeToString(digest[:]))
}

// onDemand derives its key at the first value, and then checks the passphrase as ever.
type onDemand struct {
	derive func() (config.Crypter, error)
}

func (c *onDemand) EncryptValue(ctx context.Context, plaintext string) (string, error) {
	crypter, err := c.derive()
	if err != nil {
		return "", err
	}
	return crypter.EncryptValue(ctx, plaintext)
}

func (c *onDemand) BatchEncrypt(ctx context.Context, plaintexts []string) ([]string, error) {
	if len(plaintexts) == 0 {
		return nil, nil
	}
	crypter, err := c.derive()
	if err != nil {
		return nil, err
	}
	return crypter.BatchEncrypt(ctx, plaintexts)
}

func (c *onDemand) DecryptValue(ctx context.Context, ciphertext string) (string, error) {
	crypter, err := c.derive()
	if err != nil {
		return "", err
	}
	return crypter.DecryptValue(ctx, ciphertext)
}

func (c *onDemand) BatchDecrypt(ctx context.Context, ciphertexts []string) ([]string, error) {
	if len(ciphertexts) == 0 {
		return nil, nil
	}
	crypter, err := c.derive()
	if err != nil {
		return nil, err
	}
	return crypter.BatchDecrypt(ctx, ciphertexts)
}
