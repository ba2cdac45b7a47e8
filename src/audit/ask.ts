/** Asking a provider whether keys that were found are alive (`scan --verify`). One cheap call each; nothing is changed. */
import type { Secret } from '../domain/secret.ts'
import { judge, type ProbeAnswer, type Verdict } from '../domain/verdict.ts'
import type { Provider } from '../ports/provider.ts'

/**
 * The verdict on each key, in order. All are asked in one round with a made-up key, which must fail, and with `known`, a key that should be
 * alive: a refusal counts only where another key is accepted from here and now (I8), be it that one or one of those found.
 */
export async function askWhetherAlive(provider: Provider, keys: readonly Secret[], known: Secret | null): Promise<readonly Verdict[]> {
  const control = await provider.prove(provider.madeUp())
  const comparison = known === null ? null : await provider.prove(known)
  const answers: ProbeAnswer[] = []
  // One after the other: a dump may hold hundreds, and no provider likes being asked for all of them at once.
  for (const key of keys) answers.push(await provider.prove(key))
  const other = [comparison, ...answers].find((answer) => answer?.is === 'accepted') ?? comparison
  return answers.map((subject) => judge({ subject, other, control, propagating: false }))
}
