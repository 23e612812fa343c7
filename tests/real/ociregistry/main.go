// Serves CUE Labs' ociregistry, in memory, as its own documentation shows it: the module has the server as a package
// and no program of its own. Nothing in here touches an answer.
package main

import (
	"log"
	"net/http"
	"os"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: ociregistry HOST:PORT")
	}
	log.Fatal(http.ListenAndServe(os.Args[1], ociserver.New(ocimem.New(), nil)))
}
