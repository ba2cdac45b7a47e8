/** A scan as SARIF 2.1.0 (OASIS), as code scanning of GitHub and GitLab and editors read it. Places and words; never a key. */
import { createHash } from 'node:crypto'
import type { Hit, ScanReport, Severity } from '../domain/hit.ts'
import { redactKeys } from '../domain/patterns.ts'
import { originOf, shown, whatOf } from './text/hit.ts'

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', info: 'note' }

/** The whole log, with one run. `version` is keyrot's own. */
export function sarifOf({ hits, skipped }: ScanReport, version: string): unknown {
  const rules = [...new Map(hits.map((hit) => [hit.rule, hit])).values()]
  const index = new Map(rules.map(({ rule }, at) => [rule, at]))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'keyrot',
            semanticVersion: version,
            rules: rules.map((hit) => ({
              id: hit.rule,
              shortDescription: { text: hit.rule.replaceAll('-', ' ') },
              defaultConfiguration: { level: LEVELS[hit.severity] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: skipped.map(({ path, why }) => ({
              level: 'warning',
              message: { text: `not looked through: ${why}` },
              locations: [{ physicalLocation: { artifactLocation: artifact(path) } }],
            })),
          },
        ],
        results: hits.map((hit) => resultOf(hit, index.get(hit.rule) ?? 0)),
      },
    ],
  }
}

function resultOf(hit: Hit, ruleIndex: number): unknown {
  const { path, line, column } = hit.at
  return {
    ruleId: hit.rule,
    ruleIndex,
    level: LEVELS[hit.severity],
    message: { text: [whatOf(hit), originOf(hit)].filter((words) => words !== '').join(', ') },
    locations: [{ physicalLocation: { artifactLocation: artifact(path), region: { startLine: line, startColumn: column } } }],
    partialFingerprints: { 'keyrot/v1': identityOf(hit) },
    suppressions: suppressionsOf(hit),
  }
}

/** The same finding in the next run, wherever lines have moved to. */
function identityOf({ rule, fingerprint, at }: Hit): string {
  return createHash('sha256')
    .update([rule, at.path, fingerprint ?? ''].join('\0'))
    .digest('hex')
    .slice(0, 32)
}

function suppressionsOf({ allowed, known }: Hit): readonly unknown[] {
  return [
    ...(allowed === undefined ? [] : [{ kind: 'inSource', justification: shown(allowed) }]),
    ...(known === true ? [{ kind: 'external', justification: 'in the baseline' }] : []),
  ]
}

/** A relative reference of RFC 3986: what is odd in a name is percent-encoded. */
function artifact(path: string): { readonly uri: string; readonly uriBaseId: string } {
  const uri = redactKeys(path.toWellFormed())
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/')
  return { uri, uriBaseId: '%SRCROOT%' }
}
