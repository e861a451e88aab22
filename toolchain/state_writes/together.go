// Package backend: the part that Rolecall adds to a copy of the Pulumi engine's package (toolchain/patch.py).
//
// The engine writes a stack's whole state twice for each step: before a system is asked, and after its answer. Steps
// run side by side, but wait for one another's writes: half of the engine's CPU in a stack of 60 resources. Here, all
// steps that wait are in the next write together, and each goes on once a write that contains it is done, as before.
package backend

import "github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"

// defaultServiceLoop runs mutations, and answers each that has to be saved once a snapshot that contains it is saved.
func (sm *SnapshotManager) defaultServiceLoop(mutationRequests chan mutationRequest, done chan error) {
	hasElidedWrites := true
	for {
		select {
		case request := <-mutationRequests:
			hasElidedWrites = !sm.mutateTogether(request, mutationRequests)
		case <-sm.cancel:
			var err error
			if hasElidedWrites {
				logging.V(9).Infof("SnapshotManager: flushing elided writes...")
				err = sm.saveSnapshot()
			}
			done <- err
			return
		}
	}
}

// mutateTogether runs a mutation and all that wait by now, saves once, and returns whether it saved.
//
// Requests that need no save are answered once no other request waits, not at once: their senders may ask again, and
// the save would never begin.
func (sm *SnapshotManager) mutateTogether(first mutationRequest, waiting <-chan mutationRequest) bool {
	var saved, elided []chan<- error
	run := func(request mutationRequest) {
		if request.mutator() {
			saved = append(saved, request.result)
		} else {
			elided = append(elided, request.result)
		}
	}
	run(first)
	for more := true; more; {
		select {
		case request := <-waiting:
			run(request)
		default:
			more = false
		}
	}
	for _, result := range elided {
		result <- nil
	}
	if len(saved) == 0 {
		return false
	}
	err := sm.saveSnapshot()
	for _, result := range saved {
		result <- err
	}
	return true
}
