# Completion of snoop for bash. In ~/.bashrc: source <(snoop completion bash)
_snoop_complete() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() index word line answer before
  # Bash splits words at = and :, which belong to words here.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    line=${rest#"${rest%%[![:space:]]*}"}
    word=${COMP_WORDS[index]}
    if ((index == COMP_CWORD)); then word=$line; fi
    if ((index > 0)) && [[ $line == "$rest" ]]; then words[-1]+=$word; else words+=("$word"); fi
    rest=${line#"$word"}
  done
  answer=$('@NODE@' '@PROGRAM@' complete -- "${words[@]:1}" 2>/dev/null) || return
  word=${words[-1]}
  # Bash replaces only what follows the last = or :.
  before=${word%"${word##*[=:]}"}
  COMPREPLY=()
  case $answer in
    :files) compopt -o default ;;
    :folders)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "${word#"$before"}")
      ;;
    *)
      compopt -o nosort 2>/dev/null
      while IFS=$'\t' read -r line _; do
        if [[ -n $line ]]; then COMPREPLY+=("${line#"$before"}"); fi
      done <<<"$answer"
      ;;
  esac
}
complete -F _snoop_complete snoop
