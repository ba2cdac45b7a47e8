import { Secret } from '../../../src/domain/secret.ts'
import type { SlotContent } from '../../../src/ports/target.ts'

/** A key of real shape, put together here so that no scanner takes this file for a leak. */
export function fakeKey(letter: string): SlotContent {
  const text = ['sk', 'proj', `${letter.repeat(40)}_T3Blbk`].join('-') + `FJ${letter.repeat(24)}-x_9${letter.repeat(10)}`
  return { secret: new Secret(text), marker: `keyrot.abcd1234.demo.g1.a${letter.charCodeAt(0)}` }
}
