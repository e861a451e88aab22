package main

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"sort"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// unknown stands for a value that a preview does not know yet (sdk/go/common/resource/plugin, UnknownStringValue).
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// settings are those that a connection may have: where the account or a workspace is. Any other could send the
// credentials of the run elsewhere, or take others: a profile, a command, an address for tokens.
var settings = map[string]bool{"host": true, "accountId": true, "cloud": true, "version": true, "pluginDownloadURL": true}

// workspaces is in the names of resources that are workspaces made through the account.
const workspaces = "databricks:index/mwsWorkspaces:MwsWorkspaces::"

// hosts are those of the run: whoever started the provider names them, and the account tells those of workspaces that
// the run itself has made. The credentials go nowhere else, whatever a connection is configured with.
type hosts struct {
	lock     sync.Mutex
	admitted map[string]bool
}

// follow admits the hosts that are named on a line, and says so on a line, until the input ends.
func (h *hosts) follow(input io.Reader, output io.Writer) {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		for _, host := range strings.Fields(lines.Text()) {
			h.admit(host)
		}
		fmt.Fprintln(output, "admitted")
	}
}

func (h *hosts) admit(address string) {
	if origin := originOf(address); origin != "" {
		h.lock.Lock()
		defer h.lock.Unlock()
		h.admitted[origin] = true
	}
}

// learn admits the address of a workspace that the account has told, and not a preview.
func (h *hosts) learn(request, response any) {
	asked, isResource := request.(interface{ GetUrn() string })
	answer, hasProperties := response.(interface{ GetProperties() *structpb.Struct })
	if !isResource || !hasProperties || !strings.Contains(asked.GetUrn(), workspaces) {
		return
	}
	if previewed, canBe := request.(interface{ GetPreview() bool }); canBe && previewed.GetPreview() {
		return
	}
	if address := answer.GetProperties().GetFields()["workspaceUrl"].GetStringValue(); address != "" {
		h.admit(address)
	}
}

// require returns an error where a configuration names a host that is not one of the run, or a setting that could.
func (h *hosts) require(request *pulumirpc.ConfigureRequest) error {
	given := map[string]string{}
	for name, value := range request.GetVariables() {
		given[name[strings.LastIndex(name, ":")+1:]] = value
	}
	for name, value := range request.GetArgs().GetFields() {
		if text, isText := value.GetKind().(*structpb.Value_StringValue); isText {
			given[name] = text.StringValue
		} else if _, isNull := value.GetKind().(*structpb.Value_NullValue); !isNull {
			given[name] = "?"
		}
	}
	for name, value := range given {
		if value == "" || strings.HasPrefix(name, "__") {
			continue
		}
		if !settings[name] {
			return fmt.Errorf("a connection of this run has no setting `%s`: it may have %s", name, allowed())
		}
		if name == "host" && value != unknown && !h.has(value) {
			return fmt.Errorf("`host` is not a host of this run; its credentials are sent nowhere else")
		}
	}
	return nil
}

func (h *hosts) has(address string) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.admitted[originOf(address)]
}

// originOf returns scheme, host and port of an address in one form; nothing where it has anything else.
func originOf(address string) string {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	parsed, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || parsed.User != nil || parsed.Host == "" || parsed.Path != "" || parsed.RawQuery != "" ||
		parsed.Fragment != "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return ""
	}
	host := strings.ToLower(parsed.Host)
	if parsed.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return parsed.Scheme + "://" + host
}

func allowed() string {
	names := make([]string, 0, len(settings))
	for name := range settings {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
