/** A small reader of shapes: takes JSON of unknown origin apart and builds the typed value anew, or finds that it does not fit. */

export type Reader<T> = (value: unknown) => T

class Misfit extends Error {}

function reader<T>(fits: (value: unknown) => value is T): Reader<T> {
  return (value) => {
    if (!fits(value)) throw new Misfit()
    return value
  }
}

/** The value in the reader's shape, or `null`. */
export function fit<T>(read: Reader<T>, value: unknown): T | null {
  try {
    return read(value)
  } catch (error) {
    if (error instanceof Misfit) return null
    throw error
  }
}

export const text = reader((value): value is string => typeof value === 'string')
export const flag = reader((value): value is boolean => typeof value === 'boolean')
export const time = reader((value): value is number => typeof value === 'number' && Number.isFinite(value))
export const count = reader((value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
export const scalar = reader(
  (value): value is string | number | boolean | null =>
    value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)),
)

export function oneOf<const T extends string | number>(...choices: readonly T[]): Reader<T> {
  return reader((value): value is T => choices.some((choice) => choice === value))
}

export function maybe<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value === null ? null : read(value))
}

export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new Misfit()
    return value.map((item) => read(item))
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misfit()
  return Object.entries(value)
}

/** A map with names from outside: without a prototype, so that a target named `constructor` is absent until it is there. */
export function mapOf<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value) => {
    const map: Record<string, T> = Object.create(null)
    for (const [name, part] of entriesOf(value)) {
      if (name === '__proto__') throw new Misfit()
      map[name] = read(part)
    }
    return map
  }
}

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
type Required<T> = { readonly [K in Exclude<keyof T, OptionalKeys<T>>]: Reader<T[K]> }
type Optional<T> = { readonly [K in OptionalKeys<T>]-?: Reader<Exclude<T[K], undefined>> }

/** An object with exactly these fields. The compiler asks for a reader of every field of `T`; an unknown field does not fit. */
export function object<T>(required: Required<T>, optional: Optional<T>): Reader<T> {
  const must = new Map<string, Reader<unknown>>(Object.entries(required))
  const may = new Map<string, Reader<unknown>>(Object.entries(optional))
  return (value) => {
    const built: Record<string, unknown> = {}
    let found = 0
    for (const [name, part] of entriesOf(value)) {
      const needed = must.get(name)
      const read = needed ?? may.get(name)
      if (read === undefined) throw new Misfit()
      if (needed !== undefined) found += 1
      built[name] = read(part)
    }
    if (found !== must.size) throw new Misfit()
    return built as T
  }
}
