/** A thread of a tree scan: takes batches that nobody has taken, until it is told that there are no more. */
import { parentPort, workerData } from 'node:worker_threads'
import { allowances } from '../allow.ts'
import { inspectorWith } from '../inspect.ts'
import { takeFrom, type Order, type Result } from './board.ts'
import { fileScan } from './files.ts'

const { claims } = workerData as { readonly claims: SharedArrayBuffer }
const taken = takeFrom(claims)
const files = fileScan(inspectorWith(allowances))

parentPort?.on('message', (order: Order) => {
  if (order !== 'done') {
    if (taken(order.index)) files.scan(order.paths)
    return
  }
  const { hits, ...share } = files.share()
  // A key never leaves its thread: the main thread looks at these files again, and finds the same.
  const result: Result = { ...share, suspects: [...new Set(hits.map((hit) => hit.at.path))] }
  parentPort?.postMessage(result)
  parentPort?.close()
})
