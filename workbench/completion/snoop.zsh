#compdef snoop
# Completion of snoop for zsh. In ~/.zshrc, after compinit: source <(snoop completion zsh)
_snoop() {
  local answer line
  local -a described
  answer=$('@NODE@' '@PROGRAM@' complete -- "${(@)words[2,CURRENT]}" 2>/dev/null) || return
  case $answer in
    :files) _files ;;
    :folders) _files -/ ;;
    *)
      for line in "${(@f)answer}"; do
        [[ -n $line ]] && described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
      done
      _describe -t values value described -M 'm:{a-zA-Z}={A-Za-z}'
      ;;
  esac
}
if [[ ${funcstack[1]} == _snoop ]]; then _snoop "$@"; else compdef _snoop snoop; fi
