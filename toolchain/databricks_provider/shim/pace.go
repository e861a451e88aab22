package shim

import (
	"crypto/tls"
	"math"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/databricks/databricks-sdk-go/config"
	"golang.org/x/time/rate"
)

const (
	// rateLimit is the environment variable of the SDK, and its default: requests a second to one host.
	rateLimit        = "DATABRICKS_RATE_LIMIT"
	defaultRateLimit = 15
	// share of the limit that is used: what leaves evenly arrives a little unevenly.
	share = 0.95
	// connections that are kept open to a host; the SDK's own number of requests under way is of that order.
	idleConnections = 64
)

// paced sends requests over one pool of connections, evenly and no faster than a host takes them. The SDK keeps the limit
// in each of its clients by itself, lets a whole second's requests go at once, and the provider makes several clients for
// one host: a server that counts answers a third of them with 429.
type paced struct{ base http.RoundTripper }

var (
	checked, unchecked = &paced{base: transport(nil)}, &paced{base: transport(&tls.Config{InsecureSkipVerify: true})}

	lock    sync.Mutex
	hosts   = map[string]*rate.Limiter{}
	silence = newOutages()
)

func transport(trust *tls.Config) http.RoundTripper {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = idleConnections
	if trust != nil {
		base.TLSClientConfig = trust
	}
	return base
}

// RoundTrip waits for the host's turn, and sends; what was not answered for too long is not sent any more.
func (p *paced) RoundTrip(request *http.Request) (*http.Response, error) {
	key := keyOf(request)
	if how := silence.overdue(key, time.Now()); how != "" {
		return givenUp(request, how), nil
	}
	if err := limiterOf(request.URL.Host).Wait(request.Context()); err != nil {
		return nil, err
	}
	sent := time.Now()
	response, err := p.base.RoundTrip(request)
	silence.note(key, sent, time.Now(), failure(response, err))
	return response, err
}

func limiterOf(host string) *rate.Limiter {
	lock.Lock()
	defer lock.Unlock()
	if hosts[host] == nil {
		limit := limitFrom(os.Getenv(rateLimit))
		// A few at once where there are so many that waiting for each would take longer than the request.
		hosts[host] = rate.NewLimiter(rate.Limit(float64(limit)*share), 1+limit/100)
	}
	return hosts[host]
}

func limitFrom(text string) int {
	if limit, err := strconv.Atoi(text); err == nil && limit > 0 {
		return limit
	}
	return defaultRateLimit
}

// pace makes a client of the SDK send through the one transport of this process, and wait for no answer for too long.
func pace(cfg *config.Config) error {
	if seconds := int(math.Ceil(silence.bound.Seconds())); cfg.HTTPTimeoutSeconds > seconds {
		cfg.HTTPTimeoutSeconds = seconds
	}
	if cfg.HTTPTransport == nil {
		cfg.HTTPTransport = checked
		if cfg.InsecureSkipVerify {
			cfg.HTTPTransport = unchecked
		}
	}
	return nil
}
