import { describeMatrix } from './matrix-suite.ts'
import { openai } from './subjects/openai.ts'

describeMatrix(openai)
