using System.CommandLine;

namespace PipeClient.CommandLine;

/// <summary>Prints what has a shell ask this program, at every tab, what could come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # For ~/.bashrc: source <(pipeclient completion bash)
        _pipeclient_completion() {
            local typed=${COMP_LINE:0:COMP_POINT}
            local line=${typed#"${COMP_WORDS[0]}"}
            line=${line# }
            local words
            words=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null) || return
            COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _pipeclient_completion pipeclient
        """;

    private const string Zsh = """
        # For ~/.zshrc, after compinit: source <(pipeclient completion zsh)
        _pipeclient_completion() {
            local line="${(j: :)words[2,CURRENT]}"
            local -a found
            found=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
            if (( ${#found} )); then
                compadd -- "${found[@]}"
            else
                _files
            fi
        }
        compdef _pipeclient_completion pipeclient
        """;

    private const string Fish = """
        # For ~/.config/fish/config.fish: pipeclient completion fish | source
        function __pipeclient_completion
            set -l line (commandline -cp | string replace -r '^\s*\S+\s*' '')
            pipeclient "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c pipeclient -a '(__pipeclient_completion)'
        """;

    public static Command Create(TextWriter output)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "prints a script that completes this program's options in a shell") { shell };
        command.SetAction(parsed => output.WriteLine(parsed.GetValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
