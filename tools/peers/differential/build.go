// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"path"
	"time"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	pb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/result"
	"github.com/opencontainers/go-digest"
)

// frontend returns the case's result, as a frontend that runs in the client.
func (c *Case) frontend(ctx context.Context, daemon gateway.Client) (*gateway.Result, error) {
	built := gateway.NewResult()
	for key, value := range c.Metadata {
		built.AddMeta(key, []byte(value))
	}
	for _, ref := range c.Refs {
		solved, err := ref.solve(ctx, daemon)
		if err != nil {
			return nil, err
		}
		if c.IsMap {
			built.AddRef(ref.Key, solved)
		} else {
			built.SetRef(solved)
		}
		for _, attestation := range ref.Attestations {
			content, err := solveState(ctx, daemon, attestation.state(c.Seed))
			if err != nil {
				return nil, err
			}
			built.AddAttestation(attestation.Key, attestation.form(content))
		}
	}
	return built, nil
}

func solveState(ctx context.Context, daemon gateway.Client, state llb.State) (gateway.Reference, error) {
	definition, err := state.Marshal(ctx, llb.LinuxAmd64)
	if err != nil {
		return nil, err
	}
	solved, err := daemon.Solve(ctx, gateway.SolveRequest{Definition: definition.ToPB(), Evaluate: true})
	if err != nil {
		return nil, err
	}
	return solved.SingleRef()
}

func (ref Ref) solve(ctx context.Context, daemon gateway.Client) (gateway.Reference, error) {
	if ref.Empty {
		return nil, nil
	}
	state := llb.Scratch()
	for _, layer := range ref.Layers {
		created := llb.WithCreatedTime(time.Unix(layer.Time, 0))
		action := llb.Mkdir(path.Dir(layer.Path), 0o755, llb.WithParents(true), created)
		if layer.Dir {
			action = action.Mkdir(layer.Path, 0o700, created)
		} else {
			action = action.Mkfile(layer.Path, 0o644, []byte(layer.Content), created)
		}
		state = state.File(action)
	}
	return solveState(ctx, daemon, state)
}

func (a Attestation) state(seed uint64) llb.State {
	created := llb.WithCreatedTime(time.Unix(0, 0))
	action := llb.Mkdir(path.Join("/", a.directory()), 0o755, llb.WithParents(true), created)
	for _, file := range a.Files {
		action = action.Mkfile(a.location(file), 0o644, []byte(file.Content), created)
	}
	return llb.Scratch().File(action)
}

func (a Attestation) directory() string {
	if a.Bundle {
		return a.Path
	}
	return path.Dir(a.Path)
}

// location of a file; also of one whose attestation wrongly does not say where it is.
func (a Attestation) location(file File) string {
	if location := path.Join("/", a.Path, file.Name); location != "/" {
		return location
	}
	return "/nowhere"
}

func (a Attestation) form(content gateway.Reference) gateway.Attestation {
	form := gateway.Attestation{Kind: pb.AttestationKind_InToto, Metadata: map[string][]byte{}, Ref: content, Path: a.Path,
		InToto: result.InTotoAttestation{PredicateType: a.Predicate}}
	if a.Bundle {
		form.Kind = pb.AttestationKind_Bundle
	}
	for key, value := range a.Metadata {
		form.Metadata[key] = []byte(value)
	}
	for _, subject := range a.Subjects {
		entry := result.InTotoSubject{Kind: pb.InTotoSubjectKind_Self, Name: subject.Name}
		if subject.Digest != "" {
			entry.Kind, entry.Digest = pb.InTotoSubjectKind_Raw, []digest.Digest{digest.Digest(subject.Digest)}
		}
		form.InToto.Subjects = append(form.InToto.Subjects, entry)
	}
	return form
}
