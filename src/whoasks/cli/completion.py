"""``whoasks completion``: the script that makes a shell complete our command lines.

The script asks ``whoasks completion SHELL --words -- ...`` with the words as far as they are typed,
the last one unfinished, and gets a line a candidate: its type, a tab, the candidate, a tab, what
it means. Types: ``plain``; ``open``, behind which no blank goes; ``file`` and ``dir``, where the
shell completes paths itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import click
from click.shell_completion import CompletionItem, ShellComplete

from whoasks import text

SCRIPTS: dict[str, str] = {
    "bash": r"""# whoasks completion for bash 4 and newer.
# Now:      source <(whoasks completion bash)
# For ever: whoasks completion bash > ~/.local/share/bash-completion/completions/whoasks
_whoasks() {
    local type word meaning
    COMPREPLY=()
    while IFS=$'\t' read -r type word meaning; do
        case $type in
            file) compopt -o default; return ;;
            dir) compopt -o dirnames; return ;;
            open) compopt -o nospace ;;
        esac
        COMPREPLY+=("$word")
    done < <("$1" completion bash --words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _whoasks whoasks
""",
    "zsh": r"""#compdef whoasks
# whoasks completion for zsh.
# Now:      source <(whoasks completion zsh)
# For ever: whoasks completion zsh > a folder of $fpath, as _whoasks
_whoasks() {
    local type word meaning found=1
    local -a plain open
    local told
    while IFS=$'\t' read -r type word meaning; do
        case $type in
            file) compset -P '*='; _files; return ;;
            dir) compset -P '*='; _files -/; return ;;
        esac
        told="${word//:/\\:}${meaning:+:$meaning}"
        if [[ $type == open ]]; then open+=("$told"); else plain+=("$told"); fi
    done < <("${words[1]}" completion zsh --words -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    (( $#open )) && _describe -V '' open -S '' && found=0
    (( $#plain )) && _describe -V '' plain && found=0
    return found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _whoasks "$@"
else
    compdef _whoasks whoasks
fi
""",
    "fish": r"""# whoasks completion for fish 3 and newer.
# Now:      whoasks completion fish | source
# For ever: whoasks completion fish > ~/.config/fish/completions/whoasks.fish
function __whoasks_complete
    set -l words (commandline -opc)
    for line in ($words[1] completion fish --words -- $words[2..-1] (commandline -ct) 2>/dev/null)
        set -l parts (string split \t -- $line)
        switch $parts[1]
            case file
                __fish_complete_path (commandline -ct)
            case dir
                __fish_complete_directories (commandline -ct)
            case '*'
                string join \t -- $parts[2..-1]
        end
    end
end
complete -c whoasks -f -a '(__whoasks_complete)'
""",
}


@click.command(name="completion")
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
@click.option("--words", is_flag=True, hidden=True)
@click.argument("typed", nargs=-1, metavar="")
def command(shell: str, words: bool, typed: tuple[str, ...]) -> None:
    """A script that makes bash, zsh or fish complete whoasks.

    Completes commands, options and their values, service types, rules, checks, saved lists,
    interfaces, and names of fields. The first lines of the script say where it goes to be there
    for ever.

    \b
    Examples:
      source <(whoasks completion bash)
      source <(whoasks completion zsh)
      whoasks completion fish | source
    """
    if words:
        for line in answer(typed):
            click.echo(line)
    elif typed:
        raise click.UsageError(f"There is nothing to say about '{typed[0]}'.")
    else:
        click.echo(SCRIPTS[shell], nl=False)


def answer(typed: Sequence[str]) -> Iterator[str]:
    """The candidates for the last of these words, a line each."""
    *before, last = [word for word in typed[:-1] if word != "="] + [typed[-1] if typed else ""]
    # bash makes three words of ``--format=csv``, and the sign is the last when nothing follows it.
    last = "" if last == "=" else last
    for item in candidates(before, last):
        # The first sentence: a shell has a line for it.
        word, meaning = str(item.value), (item.help or "").partition(". ")[0]
        if text.terminal(word) == word:
            yield f"{item.type}\t{word}\t{text.terminal(meaning)}"


def candidates(before: list[str], last: str) -> list[CompletionItem]:
    """What may stand where ``last`` is."""
    from whoasks.cli import COMMANDS, group

    if not before and not last.startswith("-"):
        # From the table: asking click would import every command.
        known = ((name, told) for name, (_, told) in COMMANDS.items() if name.startswith(last))
        return [CompletionItem(name, help=told) for name, told in known]
    option, sign, value = last.partition("=")
    if sign and option.startswith("--"):
        found = candidates([*before, option], value)
        return [CompletionItem(f"{option}={item.value}", item.type, item.help) for item in found]
    if before[-1:] == ["--sort"] and last.startswith("-"):
        # A sign of the value, which click would take for the beginning of another option.
        found = _asked(group, before, last[1:])
        return [CompletionItem(f"-{item.value}", item.type, item.help) for item in found]
    argument = _ARGUMENTS.get(before[0]) if len(before) == 1 else None
    if argument is not None and not last.startswith("-"):
        return argument(last)
    return _asked(group, before, last)


def _asked(group: click.Group, before: list[str], last: str) -> list[CompletionItem]:
    """What click and the options know; they find the words in ``context.obj``, where an
    argument is still to be read behind an option that has no value yet."""
    asked = ShellComplete(group, {"obj": before}, "whoasks", "_WHOASKS_COMPLETE")
    try:
        return asked.get_completions(before, last)
    except click.ClickException:  # a word before is no command of ours
        return []


def _rules(last: str) -> list[CompletionItem]:
    from whoasks.cli import completing

    return completing.rules(last)


_ARGUMENTS: dict[str, Callable[[str], list[CompletionItem]]] = {"rules": _rules}
"""Commands whose argument is a name of ours."""
