// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/completion_script.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"

namespace waybill::cli::manual {
namespace {

// bash splits words at ':' and '=' too, and replaces only what stands behind the last of them.
constexpr char kBash[] = R"(# bash completion for waybill; load it with: source <(waybill completion bash)
_waybill() {
  local line=${COMP_LINE:0:COMP_POINT} follow="" word words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local typed=${words[-1]} kept
  kept=${typed%"${typed##*[:=]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [[ -z $follow ]]; then follow=$word; else COMPREPLY+=("${word#"$kept"}"); fi
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  case $follow in
    nothing) compopt -o nospace ;;
    files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "${typed#"$kept"}") ;;
    directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "${typed#"$kept"}") ;;
  esac
}
complete -F _waybill waybill
)";

constexpr char kZsh[] = R"(#compdef waybill
# zsh completion for waybill; a file named _waybill in a directory of $fpath
_waybill() {
  local -a answer candidates
  local line
  answer=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${(@)answer[2,-1]}"; do
    [[ -n $line ]] || continue
    candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  case $answer[1] in
    files) compset -P '--*='; _files ;;
    directories) compset -P '--*='; _path_files -/ ;;
    nothing) _describe -V waybill candidates -S '' ;;
    space) _describe -V waybill candidates ;;
  esac
}
if [[ $funcstack[1] == _waybill ]]; then
  _waybill "$@"
else
  compdef _waybill waybill
fi
)";

constexpr char kFish[] = R"(# fish completion for waybill; load it with: waybill completion fish | source
function __waybill_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l answer ($words[1] __complete $words[2..-1] 2>/dev/null)
  switch "$answer[1]"
    case files
      __fish_complete_path (commandline -ct)
    case directories
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\n' $answer[2..-1]
  end
end
complete -c waybill -f -a '(__waybill_complete)'
)";

}  // namespace

absl::StatusOr<absl::string_view> CompletionScript(absl::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return oci::InvalidInputError(absl::StrCat("no completion for the shell ", shell, ": expected bash, zsh or fish"));
}

}  // namespace waybill::cli::manual
