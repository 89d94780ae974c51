// SPDX-License-Identifier: Apache-2.0

// Command referrers-registry is `crane registry serve` with the referrers API, which the library has and the command
// does not switch on. usage: referrers-registry HOST:PORT
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: referrers-registry HOST:PORT")
	}
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.WithReferrersSupport(true))))
}
