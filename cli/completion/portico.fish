# SPDX-License-Identifier: GPL-2.0
# fish completion for portico(8): the program itself says what may follow.
function __portico_complete
    set -l words
    set -l netns
    set -l all (commandline -opc)
    set -l skip ''
    for word in $all[2..-1]
        if test "$skip" = netns
            set netns -n $word
            set skip ''
        else if test "$skip" = batch
            set skip ''
        else
            switch $word
                case -n --netns
                    set skip netns
                case -b --batch
                    set skip batch
                case --by --closed --ended
                    set -a words $word
                case '-*'
                case '*'
                    set -a words $word
            end
        end
    end
    if test "$skip" = netns
        command ls /run/netns 2>/dev/null
        return
    end
    $all[1] $netns complete -- $words (commandline -ct) 2>/dev/null
end

complete -c portico -f -a '(__portico_complete)'
complete -c portico -n '__fish_seen_subcommand_from apply check restore metrics' -F
