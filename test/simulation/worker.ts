/** One thread of the crew: takes a job, answers with its sum. */
import { parentPort } from 'node:worker_threads'
import { doJob, type Job } from './jobs.ts'

// Simulated failures are thrown by the million and nobody reads where they came from.
Error.stackTraceLimit = 0

parentPort?.on('message', (job: Job) => {
  void doJob(job).then((sum) => parentPort?.postMessage(sum))
})
