/** Threads that share out a list of jobs: whoever is free takes the next. */
import { Worker } from 'node:worker_threads'
import { add, newSum, type Job, type Sum } from './jobs.ts'

export interface CrewOptions {
  readonly width: number
  /** Told after every job. */
  readonly progress?: (done: number, total: Sum) => void
  /** Violations after which no further job is begun. */
  readonly enough: number
}

/** Does all jobs and adds up what they found. Fails if a thread does. */
export async function doTogether(jobs: readonly Job[], options: CrewOptions): Promise<Sum> {
  const total = newSum()
  const queue = [...jobs]
  let done = 0
  const lane = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [] })
    try {
      for (let job = queue.shift(); job !== undefined && total.found.length < options.enough; job = queue.shift()) {
        add(total, await ask(worker, job))
        options.progress?.(++done, total)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: options.width }, lane))
  return total
}

function ask(worker: Worker, job: Job): Promise<Sum> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error)
    worker.once('error', fail)
    worker.once('message', (sum: Sum) => {
      worker.off('error', fail)
      resolve(sum)
    })
    worker.postMessage(job)
  })
}
