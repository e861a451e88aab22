//go:build tools

package kube_apiserver

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
