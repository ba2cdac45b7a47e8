/** A line for crontab. Cron gives a job next to no environment, so every path is whole and secrets come from a file. */
import { heading, shellWord, text, tickOf, type ScheduleFacts } from './facts.ts'

const SECRETS = 'keyrot.env'
const LOG = 'keyrot.log'

export function cronLine(facts: ScheduleFacts): string {
  const { place, minute, variables, approved } = facts
  const secrets = variables.length === 0 ? [] : ['set -a', `. ./${SECRETS}`, 'set +a']
  const call = [place.node, place.keyrot, ...tickOf(facts).split(' '), '--config', place.config].map(shellWord).join(' ')
  const told = `>>${LOG} 2>&1 || echo "keyrot ended with $?: see ${LOG} in this folder" "$PWD"`
  const line = [`cd ${shellWord(place.folder)}`, 'umask 077', ...secrets, `${call} ${told}`].join(' && ')
  return text(
    heading(facts, 'cron', [
      ...(variables.length === 0
        ? []
        : [`make ${SECRETS} beside the config, mode 600, with one line NAME=value each: ${variables.join(', ')}; keep it out of git`]),
      'put the line into the crontab of the user who owns the files: crontab -e',
      ...(approved.length === 0 ? [] : [`the old key of ${approved.join(', ')} waits: keyrot approve NAME, then keyrot revoke NAME`]),
    ]),
    `# What it says goes to ${LOG}; cron sends mail only when something is wanted.`,
    `${minute} * * * * ${line.replaceAll('%', '\\%')}`,
  )
}
