package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	// hostTimeout is Rolecall's own variable: seconds after which what does not answer is given up, and its default.
	hostTimeout        = "ROLECALL_HOST_TIMEOUT"
	defaultHostTimeout = 60 * time.Second
)

// outages knows which requests get no answer, or only that the service is unavailable. The provider tells the SDK to
// repeat those without an end (internal/providers/client/databricks_client.go, RetryTimeoutSeconds), and polls so before
// it does anything. Throttling (429) is not among them: that is waited for.
type outages struct {
	lock  sync.Mutex
	bound time.Duration
	known map[string]*outage
}

// outage is when the first request of a row of failures was sent, and when the last one failed, and how.
type outage struct {
	first, last time.Time
	how         string
}

func newOutages() *outages {
	return &outages{bound: boundFrom(os.Getenv(hostTimeout)), known: map[string]*outage{}}
}

func boundFrom(text string) time.Duration {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	return defaultHostTimeout
}

func keyOf(request *http.Request) string {
	return request.Method + " " + request.URL.Host + request.URL.Path
}

// note takes note of how a request ended that was sent at some time.
func (o *outages) note(key string, sent, now time.Time, how string) {
	o.lock.Lock()
	defer o.lock.Unlock()
	if how == "" {
		delete(o.known, key)
		return
	}
	// A row that was given up long ago is over; this failure begins another one.
	if found := o.known[key]; found != nil && now.Sub(found.last) < 2*o.bound {
		found.last, found.how = now, how
		return
	}
	o.known[key] = &outage{first: sent, last: now, how: how}
}

// overdue returns how a request has failed for so long that it is given up; nothing where it is sent.
func (o *outages) overdue(key string, now time.Time) string {
	o.lock.Lock()
	defer o.lock.Unlock()
	found := o.known[key]
	// The time between the first and the last failure counts: one that stands alone says nothing of later ones.
	if found == nil || found.last.Sub(found.first) < o.bound*3/4 || now.Sub(found.last) >= 2*o.bound {
		return ""
	}
	return found.how
}

// failure says how a request failed, or nothing where it was answered.
func failure(response *http.Response, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case response.StatusCode == http.StatusBadGateway, response.StatusCode == http.StatusServiceUnavailable,
		response.StatusCode == http.StatusGatewayTimeout:
		return fmt.Sprintf("it answers %d", response.StatusCode)
	}
	return ""
}

// givenUp is an answer that the SDK takes for a final one.
func givenUp(request *http.Request, how string) *http.Response {
	what := fmt.Sprintf("%s://%s does not answer %s %s in time (%s): %s",
		request.URL.Scheme, request.URL.Host, request.Method, request.URL.Path, hostTimeout, how)
	body, _ := json.Marshal(map[string]string{"error_code": "NO_ANSWER", "message": what})
	return &http.Response{
		Status:        "500 Internal Server Error",
		StatusCode:    http.StatusInternalServerError,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       request,
	}
}
