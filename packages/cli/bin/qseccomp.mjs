#!/usr/bin/env sh
':' /* for sh, down to the end of this comment
# Before Node runs a line of JavaScript it resets ignored signals and the signal mask, raises the limit
# of open files and marks inherited descriptors close-on-exec; and this shell drops variables whose names
# it cannot spell. A launched program must find all that as it was, so it is noted down here, in front of
# Node (read by handover.ts of the runtime package).
case $1 in
  run | trace)
    q_self=$0
    [ -h "$q_self" ] && q_self=$(readlink -f "$q_self")
    q_directory=${q_self%/*}
    [ "$q_directory" = "$q_self" ] && q_directory=.
    unset QSECCOMP_HANDOVER
    # Not where /proc is another PID namespace's.
    if [ /proc/self -ef "/proc/$$" ]; then
      q_newline='
'
      # A subshell, since bash ignores SIGQUIT itself, but not in what it starts.
      q_state=$(
        while read -r q_key q_value; do
          case $q_key in
            SigBlk:) printf 'blk=%s;' "$q_value" ;;
            SigIgn:) printf 'ign=%s;nofile=' "$q_value"; break ;;
          esac
        done </proc/self/status
        ulimit -Sn
        base64 -w 120000 "/proc/$$/environ" 2>/dev/null
      ) && q_pieces=0 || q_pieces=
      q_fds=
      for q_path in /proc/self/fd/[0-9]*; do
        # The directory that the pattern was read from is closed again.
        [ -e "$q_path" ] || continue
        # The shell has this file open, above the digits.
        [ -n "${q_path#/proc/self/fd/?}" ] && [ "$q_path" -ef "$0" ] && continue
        q_fds="$q_fds ${q_path#/proc/self/fd/}"
      done
      if [ -n "$q_pieces" ]; then
        # The program gets these; Node would open its inspector, or read certificates for 30 ms.
        unset NODE_OPTIONS NODE_EXTRA_CA_CERTS
        # One variable holds at most 128 KiB.
        q_rest=${q_state#*"$q_newline"}
        while [ "$q_rest" != "$q_state" ] && [ -n "$q_rest" ]; do
          q_pieces=$((q_pieces + 1))
          export "QSECCOMP_ENVIRON_$q_pieces=${q_rest%%"$q_newline"*}"
          case $q_rest in
            *"$q_newline"*) q_rest=${q_rest#*"$q_newline"} ;;
            *) q_rest= ;;
          esac
        done
      fi
      export QSECCOMP_HANDOVER="pid=$$;environ=$q_pieces;${q_state%%"$q_newline"*};fds=$q_fds"
    fi
    [ "$1" = run ] && exec node "$q_directory/../dist/bundle/run.cjs" "$@"
    ;;
esac
exec node "$0" "$@"
*/
import { createRequire } from 'node:module';

if (process.argv[2] === 'run') createRequire(import.meta.url)('../dist/bundle/run.cjs');
else {
  const { main } = await import('../dist/main.js');
  process.exitCode = await main(process.argv.slice(2));
}
