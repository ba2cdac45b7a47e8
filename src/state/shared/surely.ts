/** A conditional write whose answer may get lost: whether it took hold is found out by looking, never by writing blindly again. */
import { KeyrotError, isAmbiguous } from '../../domain/errors.ts'
import type { Shelf, Stored } from '../../ports/store.ts'

const TRIES = 3

/**
 * Puts the value in place of a revision and resolves with what is there then. Trying again is safe: the condition lets one of two
 * writes through at most. `conflict` when something else is there; `ambiguous` when that cannot be found out.
 */
export async function putSurely<T>(
  shelf: Shelf<T>,
  name: string,
  value: T,
  revision: string | null,
  isSame: (left: T, right: T) => boolean,
): Promise<Stored<T>> {
  let inDoubt = false
  for (let tries = 1; ; tries++) {
    try {
      return { value, revision: await shelf.put(name, value, revision) }
    } catch (error) {
      inDoubt ||= isAmbiguous(error)
      if (!inDoubt) throw error
      const found = await shelf.read(name)
      if (found !== null && isSame(found.value, value)) return found
      if ((found?.revision ?? null) !== revision) throw overtaken()
      if (tries === TRIES) throw error
    }
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof KeyrotError && error.kind === 'conflict'
}

function overtaken(): KeyrotError {
  return new KeyrotError({ code: 'KR_STATE_CONFLICT', kind: 'conflict', message: 'the shared state was changed by another run' })
}
