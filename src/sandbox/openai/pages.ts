/** Cursor pages: `limit` (default 20), `after`, `has_more`. */
import { badRequest } from './errors.ts'

export interface Page<T> {
  readonly object: 'list'
  readonly data: readonly T[]
  readonly first_id: string | null
  readonly last_id: string | null
  readonly has_more: boolean
}

/** Cuts one page out of the whole list, oldest first. */
export function pageOf<T extends { id: string }>(all: readonly T[], query: URLSearchParams, most = 100, usual = 20): Page<T> {
  const limit = limitOf(query, most, usual)
  const after = query.get('after')
  const start = after === null ? 0 : all.findIndex((item) => item.id === after) + 1
  if (after !== null && start === 0) throw badRequest(`Invalid 'after': ${after} is not in this list.`, 'after')
  const data = all.slice(start, start + limit)
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: start + limit < all.length }
}

function limitOf(query: URLSearchParams, most: number, usual: number): number {
  const given = query.get('limit')
  if (given === null) return usual
  const limit = Number(given)
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw badRequest(`Invalid 'limit': expected an integer between 1 and ${most}.`, 'limit')
  return limit
}
