import { describeMatrix } from './matrix-suite.ts'
import { kubernetes } from './subjects/kubernetes.ts'

describeMatrix(kubernetes)
