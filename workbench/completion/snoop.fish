# Completion of snoop for fish. In ~/.config/fish/config.fish: snoop completion fish | source
function __snoop_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answer ('@NODE@' '@PROGRAM@' complete -- $words[2..-1] 2>/dev/null)
    switch "$answer[1]"
        case ':files'
            __fish_complete_path (commandline -ct)
        case ':folders'
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%s\n' $answer
    end
end
complete -c snoop -f -a '(__snoop_complete)'
