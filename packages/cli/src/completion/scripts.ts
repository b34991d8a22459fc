/**
 * The shells' parts: each asks `qseccomp __complete WORDS` and shows the answer.
 *
 * The answer is a line for each word, with a tab and what it is; `:file` and `:command` stand for what the
 * shell itself completes, `:open` for words that can go on.
 *
 * @module
 */

/** A shell that has completions. */
export type Shell = 'bash' | 'zsh' | 'fish';

const BASH = `# Completions of qseccomp for bash: eval "$(qseccomp completion bash)"
_qseccomp() {
  local line=\${COMP_LINE:0:COMP_POINT} typed=() found=() answer token
  read -ra typed <<<"$line"
  [[ $line == *[[:space:]] ]] && typed+=('')
  # readline replaces only what stands behind the last of its word breaks.
  token=\${COMP_WORDS[COMP_CWORD]}
  [[ $token == [=:] ]] && token=
  local kept=\${typed[-1]%"$token"}
  COMPREPLY=()
  while IFS= read -r answer; do
    case $answer in
      :file) compopt -o filenames; mapfile -t found < <(compgen -f -- "\${typed[-1]}") ;;
      :command) mapfile -t found < <(compgen -c -- "\${typed[-1]}") ;;
      :open) compopt -o nospace ;;
      *) COMPREPLY+=("\${answer%%$'\\t'*}") ;;
    esac
  done < <("\${typed[0]}" __complete "\${typed[@]:1}" 2>/dev/null)
  COMPREPLY=("\${COMPREPLY[@]}" "\${found[@]}")
  COMPREPLY=("\${COMPREPLY[@]#"$kept"}")
}
complete -F _qseccomp qseccomp
`;

const ZSH = `#compdef qseccomp
# Completions of qseccomp for zsh: source <(qseccomp completion zsh)
_qseccomp() {
  local -a answers described open
  local answer
  answers=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for answer in $answers; do
    case $answer in
      :file) _files ;;
      :command) _command_names -e ;;
      :open) open=(-S '') ;;
      *) described+=("\${\${answer%%$'\\t'*}//:/\\\\:}:\${\${answer#*$'\\t'}#\${answer%%$'\\t'*}}") ;;
    esac
  done
  (( $#described )) && _describe -V 'qseccomp' described "\${(@)open}"
}
compdef _qseccomp qseccomp
`;

const FISH = `# Completions of qseccomp for fish: qseccomp completion fish | source
function __qseccomp_candidates
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    for answer in ($typed[1] __complete $typed[2..] "$current" 2>/dev/null)
        switch $answer
            case :file
                __fish_complete_path "$current"
            case :command
                complete -C "$current"
            case :open
            case '*'
                echo $answer
        end
    end
end
complete -c qseccomp -f -a '(__qseccomp_candidates)'
`;

/** What each shell reads. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
