#!/usr/bin/env sh
':' /* for sh, down to the end of this comment
# Before Node runs a line of JavaScript it resets ignored signals and the signal mask, raises the limit
# of open files and marks inherited descriptors close-on-exec. A launched program must find them as they
# were, so they are noted down here, in front of Node (read by inheritance.ts of the runtime package).
case $1 in
  run)
    if [ -r /proc/self/status ]; then
      # A subshell, since bash ignores SIGQUIT itself, but not in what it starts.
      QSECCOMP_HANDOVER=$(
        while read -r key value; do
          case $key in
            SigBlk:) printf 'blk=%s;' "$value" ;;
            SigIgn:) printf 'ign=%s;' "$value"; break ;;
          esac
        done </proc/self/status
      )
      QSECCOMP_HANDOVER="${QSECCOMP_HANDOVER}nofile=$(ulimit -Sn);fds="
      for path in /proc/self/fd/[0-9]*; do
        # The directory that the pattern was read from is closed again; this file is not handed over.
        if [ -e "$path" ] && ! [ "$path" -ef "$0" ]; then
          QSECCOMP_HANDOVER="$QSECCOMP_HANDOVER ${path#/proc/self/fd/}"
        fi
      done
      export QSECCOMP_HANDOVER
    fi
    ;;
esac
exec node "$0" "$@"
*/
const { main } = await import(process.argv[2] === 'run' ? '../dist/bundle/run.js' : '../dist/main.js');

process.exitCode = await main(process.argv.slice(2));
