/** "Did you mean …": the nearest of some known words. */

/** Words longer than this are not compared: nobody mistypes them by one letter, and the work is quadratic. */
const LONGEST_WORD = 60

/** How many letters must be changed, added, dropped or swapped with their neighbour. */
export function editDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const next = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = next
  }
  return last[right.length] ?? 0
}

/** The known word a person most likely meant, or `undefined` when none is near: about one mistake in three letters. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '')
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain(word), plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .toSorted((left, right) => left.distance - right.distance)
  return ranked[0]?.candidate
}

/** The hint for a word that is not known: the nearest, else the whole list when it is short. */
export function hintFor(word: string, known: readonly string[]): string | undefined {
  const near = nearest(word, known)
  if (near !== undefined) return `did you mean "${near}"?`
  return known.length > 0 && known.length <= 12 ? `known: ${known.join(', ')}` : undefined
}
