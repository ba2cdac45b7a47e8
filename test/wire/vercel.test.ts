import { describeMatrix } from './matrix-suite.ts'
import { vercel } from './subjects/vercel.ts'

describeMatrix(vercel)
