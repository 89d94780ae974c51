// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
)

// random makes choices that follow from a seed.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 0x77617962696c6c))} }

// percent is true that often.
func (r random) percent(n int) bool { return r.IntN(100) < n }

// pick returns one of the texts; those named twice come twice as often.
func (r random) pick(texts ...string) string { return texts[r.IntN(len(texts))] }

// Texts that JSON encoders, tar writers and shells trip over.
var odd = []string{
	"", "plain", "two words", `"quoted" \ back`, "<a href='x'>&amp;</a>", "tab\tnewline\nreturn\r", "bell\a nul\x00 esc\x1b del\x7f",
	"line\u2028separator\u2029", "Grüße, 世界 🚢", "e\u0301 \u202Ertl", "\ufeffbom", "\ufffd", "${HOME} $(id) `id` %s %%", "a=b,c=d;e:f",
	"{\"json\": [1, 2.50, 1e400]}", "\\u0041 \\/", "'single'", " leading and trailing ",
}

// text returns an odd one, made different by a number now and then.
func (r random) text() string {
	text := odd[r.IntN(len(odd))]
	if r.percent(30) {
		text += fmt.Sprint(r.IntN(1000))
	}
	return text
}

// seconds returns a time that all are before: between 1970 and 2025, now and then a special one.
func (r random) seconds() int64 {
	if r.percent(10) {
		return []int64{0, 1, -1, -86400, 1 << 31}[r.IntN(5)]
	}
	return r.Int64N(1_735_000_000)
}
