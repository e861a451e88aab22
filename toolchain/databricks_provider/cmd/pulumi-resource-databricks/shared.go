package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	sdkschema "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"rolecall/toolchain/databricks_provider/info"
)

// sharedFlag makes the plugin serve any number of engines at once, which attach to it through PULUMI_DEBUG_PROVIDERS.
const sharedFlag = "--shared"

// maxMessageBytes is the engine's own limit of a message (pulumi/sdk, rpcutil.GrpcChannelOptions).
const maxMessageBytes = 400 << 20

// shared holds one provider for each configuration: engines that connect to the same workspace share its HTTP
// connections, its token and its pace, and nothing has to be started for each of them.
type shared struct {
	lock       sync.Mutex
	plain      pulumirpc.ResourceProviderServer
	taken      bool
	configured map[string]*configured
	hosts      *hosts
}

// configured is a provider with the answer to its configuration.
type configured struct {
	once     sync.Once
	provider pulumirpc.ResourceProviderServer
	answer   *pulumirpc.ConfigureResponse
	err      error
}

// serveShared prints the port on which it serves, admits the hosts that standard input names, and ends with it: with
// whoever has started it.
func serveShared() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	listener = rpcutil.SameUser(listener)
	plain, err := newProvider()
	if err != nil {
		return err
	}
	run := &hosts{admitted: map[string]bool{}}
	all := &shared{plain: plain, configured: map[string]*configured{}, hosts: run}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		run.follow(os.Stdin, os.Stdout)
		os.Exit(0)
	}()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go serveOne(all, connection)
	}
}

// newProvider returns a provider that does without two things that make up a tenth of a deployment's time: the schema,
// with which it would look for wrong types in what our own components declare (a test compares those with the schema),
// and an engine to which it would tell its debug messages.
func newProvider() (pulumirpc.ResourceProviderServer, error) {
	described, sdk := info.ProviderAndSDK()
	server, err := tfbridge.MakeMuxedServer(context.Background(), "databricks", described, []byte("{}"))(nil)
	if err == nil {
		seal(sdk)
	}
	return server, err
}

// seal is called with each provider when it is complete; the build with the patch of the SDK sets it.
var seal = func(*sdkschema.Provider) {}

// serveOne serves one connection of an engine, which is one provider resource of a stack.
func serveOne(all *shared, connection net.Conn) {
	own := &attached{all: all, provider: all.plain}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessageBytes), grpc.MaxSendMsgSize(maxMessageBytes))
	server.RegisterService(own.description(), nil)
	listener := &single{ended: make(chan struct{})}
	listener.connection = &closing{Conn: connection, listener: listener}
	_ = server.Serve(listener)
}

// attached is an engine's connection, and the provider that answers it: a plain one until it is configured.
type attached struct {
	all      *shared
	lock     sync.RWMutex
	provider pulumirpc.ResourceProviderServer
}

// description returns the provider's service with every method handed to the provider that is right at the moment.
func (a *attached) description() *grpc.ServiceDesc {
	own := pulumirpc.ResourceProvider_ServiceDesc
	own.HandlerType = nil
	own.Streams = nil
	own.Methods = make([]grpc.MethodDesc, len(pulumirpc.ResourceProvider_ServiceDesc.Methods))
	for index, method := range pulumirpc.ResourceProvider_ServiceDesc.Methods {
		own.Methods[index] = grpc.MethodDesc{MethodName: method.MethodName, Handler: a.handler(method)}
	}
	return &own
}

type decode = func(any) error

func (a *attached) handler(method grpc.MethodDesc) func(
	any, context.Context, func(any) error, grpc.UnaryServerInterceptor,
) (any, error) {
	return func(_ any, ctx context.Context, read func(any) error, through grpc.UnaryServerInterceptor) (any, error) {
		switch method.MethodName {
		case "Configure":
			return a.configure(ctx, read)
		case "Attach":
			return &emptypb.Empty{}, read(&pulumirpc.PluginAttach{})
		case "Cancel":
			// One engine ends; the others go on, and its own calls are cancelled with its connection.
			return &emptypb.Empty{}, read(&emptypb.Empty{})
		}
		a.lock.RLock()
		provider := a.provider
		a.lock.RUnlock()
		var request any
		answer, err := method.Handler(provider, ctx, func(into any) error {
			request = into
			return read(into)
		}, through)
		if err == nil {
			a.all.hosts.learn(request, answer)
		}
		return answer, err
	}
}

// configure finds the provider of a configuration, or makes it.
func (a *attached) configure(ctx context.Context, read decode) (any, error) {
	request := &pulumirpc.ConfigureRequest{}
	if err := read(request); err != nil {
		return nil, err
	}
	if err := a.all.hosts.require(request); err != nil {
		return nil, err
	}
	found, err := a.all.of(request)
	if err != nil {
		return nil, err
	}
	found.once.Do(func() {
		if found.provider, found.err = a.all.unconfigured(); found.err != nil {
			return
		}
		found.answer, found.err = found.provider.Configure(context.WithoutCancel(ctx), request)
	})
	if found.err != nil {
		return nil, found.err
	}
	a.lock.Lock()
	a.provider = found.provider
	a.lock.Unlock()
	return found.answer, nil
}

// of returns the entry of a configuration: what is configured, whatever the resource is called that says so.
func (s *shared) of(request *pulumirpc.ConfigureRequest) (*configured, error) {
	plain := proto.Clone(request).(*pulumirpc.ConfigureRequest)
	plain.Urn, plain.Name, plain.Type, plain.Id = nil, nil, nil, nil
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(plain)
	if err != nil {
		return nil, err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	key := string(bytes)
	if s.configured[key] == nil {
		s.configured[key] = &configured{}
	}
	return s.configured[key], nil
}

// unconfigured returns a provider to configure: the one that is there already for the first configuration, for what
// it answers to engines that have not configured theirs is the same before and after.
func (s *shared) unconfigured() (pulumirpc.ResourceProviderServer, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if !s.taken {
		s.taken = true
		return s.plain, nil
	}
	return newProvider()
}

// single is a listener for one connection that is there already.
type single struct {
	once, over sync.Once
	connection net.Conn
	ended      chan struct{}
}

// Accept returns the connection, and then waits for the end.
func (s *single) Accept() (net.Conn, error) {
	var first net.Conn
	s.once.Do(func() { first = s.connection })
	if first != nil {
		return first, nil
	}
	<-s.ended
	return nil, net.ErrClosed
}

// Close ends the waiting.
func (s *single) Close() error {
	s.over.Do(func() { close(s.ended) })
	return nil
}

// closing is a connection whose end is the end of its listener.
type closing struct {
	net.Conn
	listener *single
}

// Close ends both.
func (c *closing) Close() error {
	_ = c.listener.Close()
	return c.Conn.Close()
}

// Addr returns the address of the connection.
func (s *single) Addr() net.Addr { return s.connection.LocalAddr() }
