/** `docs/rules.md`, made from the rules themselves: what each finds, where its form was read, and what to do about it. */
import type { Rule } from '../src/scan/rule.ts'

/** The whole page. */
export function rulesPage(rules: readonly Rule[]): string {
  const of = (finds: Rule['finds']): readonly Rule[] => rules.filter((rule) => rule.finds === finds)
  return [
    '# Rules of the scan',
    '',
    'Made from the source by `npm run generate`. How they are applied: [scan](scan.md). Ids are a promise: baselines and `keyrot:allow` comments name them.',
    '',
    'A text counts as a key only if it has the form, length included, looks drawn by chance (its characters, by their Shannon entropy in bits), and holds none of the',
    'words, repetitions or sequences that people write into examples.',
    '',
    '## Keys known by their form',
    '',
    'Found in clear, in base64 and percent-encoded, in every kind of file.',
    '',
    '| id | severity | what | bits | source |',
    '| --- | --- | --- | --- | --- |',
    ...of('key').map(
      (rule) => `| \`${rule.id}\` | ${rule.severity} | ${cell(rule.title)} | ${rule.finds === 'key' ? rule.entropy : ''} | ${cell(rule.source)} |`,
    ),
    '',
    '## Keys known by the name they are given',
    '',
    'On one line: `NAME=value`, `"NAME": "value"`, `name = \'value\'`. They yield to a rule that knows the form.',
    '',
    '| id | severity | what | source |',
    '| --- | --- | --- | --- |',
    ...of('named-key').map(row),
    '',
    '## Practices that give keys away',
    '',
    'No key stands there; one will. Lines that are comments are passed over.',
    '',
    '| id | severity | what | why |',
    '| --- | --- | --- | --- |',
    ...[...of('practice'), ...of('standing')].map(row),
    '',
    '## What to do',
    '',
    ...rules.map((rule) => `- \`${rule.id}\`: ${rule.advice}`),
    '',
  ].join('\n')
}

function row({ id, severity, title, source }: Rule): string {
  return `| \`${id}\` | ${severity} | ${cell(title)} | ${cell(source)} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
