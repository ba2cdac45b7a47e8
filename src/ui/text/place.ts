/** What stopping a project would do to everybody in it. */
import { printable } from '../../domain/printable.ts'
import { wrap } from './table.ts'

export function stopLines({ place, sharers }: { readonly place: string; readonly sharers: readonly string[] }, columns: number): string[] {
  const others = sharers.length === 0 ? '' : `; of this config also ${sharers.join(', ')}`
  return [
    ...wrap(`stop ${printable(place)}: every rate limit to zero, for every key in it, the new one too`, columns, '  '),
    ...wrap(`outage: every program that calls a model with a key of this project${printable(others, 300)}, until you start it again`, columns, '  '),
    ...wrap('the old key is limited by it, not dead: go on until it is seen refused', columns, '  '),
  ]
}
