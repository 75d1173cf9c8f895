/**
 * cli/completion/scripts — what a shell must load so that Tab asks `mcpmux __complete`.
 *
 * The scripts only ask and show; which words fit is decided in cli/completion/candidates.
 */

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

const bash = `# mcpmux completion for bash. Add to ~/.bashrc:  source <(mcpmux completion bash)
_mcpmux() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [ -n "$line" ] && COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
  done < <(mcpmux __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _mcpmux mcpmux
`;

const zsh = `#compdef mcpmux
# mcpmux completion for zsh. Add to ~/.zshrc, after compinit:  source <(mcpmux completion zsh)
_mcpmux() {
  local -a found
  local line
  while IFS= read -r line; do
    [[ -n "$line" ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(mcpmux __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe mcpmux found; else _files; fi
}
compdef _mcpmux mcpmux
`;

const fish = `# mcpmux completion for fish. Save as ~/.config/fish/completions/mcpmux.fish
function __mcpmux_complete
  set -l words (commandline -opc) (commandline -ct)
  mcpmux __complete -- $words[2..-1] 2>/dev/null
end
complete -c mcpmux -f -a '(__mcpmux_complete)'
`;

const powershell = `# mcpmux completion for PowerShell. Add to $PROFILE:  mcpmux completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName mcpmux -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += '""' }
  mcpmux __complete -- @words 2>$null | ForEach-Object {
    $parts = $_ -split "\`t", 2
    $says = if ($parts.Length -gt 1 -and $parts[1]) { $parts[1] } else { $parts[0] }
    [System.Management.Automation.CompletionResult]::new($parts[0], $parts[0], 'ParameterValue', $says)
  }
}
`;

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
