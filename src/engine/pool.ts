/** Side by side, at most so many: kept beside the flow, because the audit looks side by side, too. */
export { pool } from '../flow/pool.ts'
