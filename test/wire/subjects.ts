/** Every adapter that speaks with a server, one line each. */
import type { AnySubject } from './subject.ts'
import { aws } from './subjects/aws.ts'
import { kubernetes } from './subjects/kubernetes.ts'
import { openai } from './subjects/openai.ts'
import { vercel } from './subjects/vercel.ts'

export const subjects: readonly AnySubject[] = [openai, aws, kubernetes, vercel]
