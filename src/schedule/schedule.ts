/** The scheduler file of each platform. */
import { cronLine } from './cron.ts'
import type { Platform, ScheduleFacts } from './facts.ts'
import { githubWorkflow } from './github.ts'
import { gitlabJobs } from './gitlab.ts'
import { kubernetesObjects } from './kubernetes.ts'

const WRITERS: Readonly<Record<Platform, (facts: ScheduleFacts) => string>> = {
  github: githubWorkflow,
  gitlab: gitlabJobs,
  kubernetes: kubernetesObjects,
  cron: cronLine,
}

/** The file, ready to be put where its platform looks for it. Pure: the same facts, the same text. */
export function scheduleFile(platform: Platform, facts: ScheduleFacts): string {
  return WRITERS[platform](facts)
}
