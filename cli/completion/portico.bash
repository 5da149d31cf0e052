# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# bash completion for portico(8): the program itself says what may follow.
_portico()
{
	local i words=() netns=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-n|--netns)
			i=$((i + 1))
			netns=(-n "${COMP_WORDS[i]}")
			if [ "$i" = "$COMP_CWORD" ]; then
				mapfile -t COMPREPLY < <(compgen -W "$(ls /run/netns 2>/dev/null)" -- \
					"${COMP_WORDS[i]}")
				return
			fi ;;
		-b|--batch)
			i=$((i + 1))
			[ "$i" != "$COMP_CWORD" ] || return ;;
		--by|--closed|--ended)
			words+=("${COMP_WORDS[i]}") ;;
		-*) ;;
		*)	words+=("${COMP_WORDS[i]}") ;;
		esac
	done
	mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" "${netns[@]}" complete -- "${words[@]}" \
		"${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
	# A colon separates words for readline: it wants only what follows it.
	if declare -F __ltrim_colon_completions >/dev/null; then
		__ltrim_colon_completions "${COMP_WORDS[COMP_CWORD]}"
	fi
}
complete -o default -F _portico portico
