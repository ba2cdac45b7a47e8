/** What the old key did between leak and death, in a report: figures with everything that they leave out. */
import { MINUTE, HOUR } from '../../domain/duration.ts'
import type { Exposure, RunStory } from '../../domain/story.ts'
import { code, exactly, grid, items, paragraph } from './markdown.ts'
import { lasted } from './time.ts'

/** Read, or why not. */
export type ExposureFacts =
  | { readonly is: 'read'; readonly exposure: Exposure }
  | { readonly is: 'not-asked' }
  | { readonly is: 'nothing-to-ask' }
  | { readonly is: 'unread'; readonly code: string }

export function exposureLines(story: RunStory, facts: ExposureFacts): string[] {
  switch (facts.is) {
    case 'not-asked':
      return paragraph('The provider was not asked (`--offline`).')
    case 'nothing-to-ask':
      return paragraph('Neither the key’s id nor a time is on record, so the provider cannot be asked. Name them: `--key-id ID --since DATE`.')
    case 'unread':
      return paragraph(
        `The provider’s figures could not be read (${code(facts.code)}). Exposure is **not known**; ask again later, or look at the provider’s own page.`,
      )
    case 'read':
      return [...windowLines(story, facts.exposure), ...callLines(facts.exposure), ...eventLines(facts.exposure), ...limitLines(facts.exposure)]
  }
}

function windowLines(story: RunStory, { from, until, fromIs, step }: Exposure): string[] {
  const end = story.dead === null ? 'now: it was **not seen dead**' : 'its death'
  const begin =
    fromIs === 'leaked'
      ? `Exposed from ${exactly(from)}, as told by \`--since\`,`
      : `Nobody said since when it was exposed (\`--since\`): counted is only from the beginning of the run, ${exactly(from)},`
  const grain =
    step === 'minute' && until - from < 10 * MINUTE
      ? ' Counted by whole minutes.'
      : step === 'hour' && until - from < 10 * HOUR
        ? ' Counted by whole hours.'
        : ''
  return paragraph(`${begin} to ${end}, ${exactly(until)}: ${lasted(until - from)}.${grain}`)
}

function callLines({ calls, spent, origins }: Exposure): string[] {
  const whole = origins.filter(({ what }) => what.startsWith('calls')).every(({ state }) => state === 'read')
  const cost = spent.map(({ amount, currency }) => `${amount.toFixed(2)} ${(currency ?? '').toUpperCase()}`.trim()).join(', ')
  const costs = cost === '' ? [] : paragraph(`Cost of the days concerned: ${cost}.`)
  if (calls.length === 0) return [...paragraph(whole ? 'No call was counted in this time.' : 'No call was counted in what could be read.'), ...costs]
  const total = calls.reduce((sum, each) => sum + each.calls, 0)
  return [
    ...grid(
      ['calls', 'model', 'kind', 'tokens in', 'tokens out'],
      calls.map((use) => [
        String(use.calls),
        use.model === null ? 'not said' : code(use.model),
        code(use.kind),
        String(use.inputTokens),
        String(use.outputTokens),
      ]),
    ),
    ...paragraph(
      `${total} calls${whole ? '' : ', **at least**: not all kinds could be read'}. Consumers of your own called with the same key until they had the new one: not all of these are a stranger’s. What is new in them: \`keyrot usage\`.`,
    ),
    ...costs,
  ]
}

function eventLines({ events, origins }: Exposure): string[] {
  if (origins.find(({ what }) => what === 'audit log')?.state !== 'read') return []
  if (events.length === 0) return paragraph('The provider’s audit log has nothing about this key; logging may be off.')
  return [
    ...paragraph('The provider’s audit log about this key:'),
    ...grid(
      ['time', 'event', 'by', 'from'],
      events.map(({ at, type, about, by, from }) => [
        exactly(at),
        `${code(type)}${about === 'key' ? '' : ' with this key'}`,
        by === null ? '' : code(by),
        from === null ? '' : code(from),
      ]),
    ),
  ]
}

function limitLines({ origins, caveats }: Exposure): string[] {
  const unread = origins
    .filter(({ state }) => state !== 'read')
    .map(
      ({ what, state, code: why }) =>
        `${what}: ${state === 'untestable' ? 'not testable, the admin key lacks the right' : 'could not be read'}${why === null ? '' : ` (${code(why)})`}`,
    )
  return items([...unread, ...caveats])
}
