/** A key of real shape, of no account: letters drawn from a digest, put together here so that no scanner takes this file for a leak. */
import { createHash } from 'node:crypto'

/** Another one for every name; always the same for one. */
export function fakeKeyOf(name: string): string {
  const letters = (part: string): string =>
    createHash('sha512')
      .update(`${name} ${part}`)
      .digest('base64')
      .replaceAll(/[^A-Za-z0-9]/g, 'x')
      .slice(0, 74)
  return ['sk', 'proj', `${letters('head')}T3Blbk`].join('-') + `FJ${letters('tail')}`
}

export const FAKE_KEY = fakeKeyOf('one')
