/**
 * Side by side, `atOnce` at most, begun in their order; siblings finish: one failure never leaves another's outcome unknown. How many
 * calls are under way is decided elsewhere (engine/turns).
 */
export async function together<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>, atOnce = Number.POSITIVE_INFINITY): Promise<Out[]> {
  const ends: (() => Out)[] = []
  const rest = items.entries()
  const worker = async (): Promise<void> => {
    for (const [at, item] of rest) {
      try {
        const value = await work(item)
        ends[at] = () => value
      } catch (error) {
        ends[at] = () => {
          throw error
        }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return ends.map((end) => end())
}
