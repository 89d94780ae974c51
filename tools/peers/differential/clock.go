// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// What follows the mode in the text of a file of a directory.
var modified = regexp.MustCompile(` ([0-9-]+T[0-9:.]+Z)$`)

// withoutClock replaces the times of files that were written during the export: statements without an epoch have such.
func (o *Outcome) withoutClock() {
	changed := maps.Clone(o.Directory)
	for name, data := range o.Directory {
		found := modified.FindSubmatch(data)
		if strings.HasSuffix(name, " ") && found != nil && o.isNow(string(found[1])) {
			changed[name] = modified.ReplaceAll(data, []byte(" now"))
		}
	}
	o.Directory = changed
	o.Archive = o.withoutTimes(bytes.Clone(o.Archive))
}

const block = 512

// withoutTimes clears, in headers of an archive, times of the export and the check sums over them.
func (o *Outcome) withoutTimes(archive []byte) []byte {
	if _, err := tar.NewReader(bytes.NewReader(archive)).Next(); err != nil {
		return archive
	}
	for at := 0; at+block <= len(archive) && archive[at] != 0; {
		header := archive[at : at+block]
		size, err := octal(header[124:136])
		if err != nil {
			return archive
		}
		if written, err := octal(header[136:148]); err == nil && written >= o.Began && written <= o.Ended {
			copy(header[136:148], fmt.Sprintf("%-12s", "now"))
			copy(header[148:156], fmt.Sprintf("%-8s", ""))
		}
		at += block + int(size+block-1)/block*block
	}
	return archive
}

func octal(field []byte) (int64, error) {
	return strconv.ParseInt(strings.Trim(string(field), " \x00"), 8, 64)
}
