import { describeMatrix } from './matrix-suite.ts'
import { aws } from './subjects/aws.ts'

describeMatrix(aws)
