#!/bin/bash
# House rules that a search can see. One finding per line: file:line: rule: text. A line that must break a rule says why
# after "lint-ok:"; a NOLINT says why after a colon.
set -uo pipefail
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
readonly cpp=('*.cc' '*.h')
readonly product=('*.cc' '*.h' ':!*_test.cc' ':!*/testing/*')
readonly max_file=500 max_function=60
findings=$(mktemp)
trap 'rm -f "$findings"' EXIT

# forbid RULE REGEX PATHSPEC...   Looks at the files git knows and at new ones, not at this one.
forbid() {
  local rule=$1 regex=$2
  shift 2
  git grep --untracked -nIE "$regex" -- "$@" ':!tools/check/lint.sh' | grep -v 'lint-ok: ' |
    sed -E "s#^([^:]+:[0-9]+):#\1: $rule: #" >>"$findings"
}

forbid "wait for a condition, do not sleep" 'sleep_for|sleep_until|\busleep\(|\bsleep\(|SleepFor\(' "${cpp[@]}"
forbid "threads have an owner" '\.detach\(\)' "${cpp[@]}"
forbid "remove the thrower" 'catch *\(\.\.\.\)' "${cpp[@]}"
forbid "a status is looked at" 'IgnoreError\(' "${cpp[@]}"
forbid "file an issue" '\b(TODO|FIXME|XXX)\b' '*' ':!testdata/*'
forbid "throws, or recurses on input" 'std::regex' "${cpp[@]}"
forbid "throws" 'std::sto(i|l|ll|ul|ull|f|d)\(|std::(filesystem::)?bad_|json::parse\([^,()]*\)' "${product[@]}"
forbid "throws without an error_code" 'std::filesystem::(exists|remove|remove_all|create_directories|create_directory|rename|file_size|copy|copy_file|is_directory|canonical|read_symlink|create_symlink|permissions|resize_file)\([^,()]*(\([^()]*\)[^,()]*)*\)' "${product[@]}"
forbid "crashes on an error; test and return it" '\)\.value\(\)|\b([a-z_]*_or|result|status)\.value\(\)' "${product[@]}"
forbid "one view type" 'std::string_view' "${cpp[@]}"
forbid "a switched-off check says why" 'NOLINT(NEXTLINE|BEGIN)?(\([^)]*\))?[[:space:]]*$' "${cpp[@]}"
forbid "name the files" 'glob\(\["?\*\*' '*.bazel' '*.bzl' ':!testdata/*'
forbid "a path of one machine" '(^|[^a-zA-Z0-9_.'\''}])/(home|root|work|Users)/[a-zA-Z0-9_.-]+/' '*' ':!testdata/golden/*' ':!testdata/sample/*'

git ls-files -co --exclude-standard | grep -iE '(^|/)(utils?|common|helpers?|misc|base)(/|\.[a-z]+$|_[a-z]+\.)' |
  sed 's/$/:1: a name that says nothing about its subject/' >>"$findings"

git ls-files -co --exclude-standard -- "${cpp[@]}" | while read -r file; do
  [ -f "$file" ] || continue
  awk -v file="$file" -v max_file=$max_file -v max_function=$max_function '
    FNR == 1 && !/^\/\/ SPDX-License-Identifier: Apache-2.0/ { print file ":1: the first line names the licence" }
    FNR == 1 && file ~ /\.h$/ { guard = "WAYBILL_" toupper(file) "_"; gsub(/[\/.-]/, "_", guard) }
    guard != "" && $0 == "#ifndef " guard { guarded = 1 }
    # clang-format closes what begins at the margin by a brace at the margin; a test body counts like a function.
    /\{$/ && !/^ / && !/^(namespace|extern|class|struct|enum|union|using|const|constexpr|inline constexpr|static const)/ && !/= *\{$/ { start = FNR; head = $0 }
    /^\}/ && start { if (FNR - start + 1 > max_function) print file ":" start ": a function of " FNR - start + 1 " lines: " head; start = 0 }
    END {
      if (FNR > max_file) print file ":1: " FNR " lines: is it two things?"
      if (guard != "" && !guarded) print file ":1: include guard is not " guard
    }' "$file" >>"$findings"
done

sort -u "$findings"
[ ! -s "$findings" ]
