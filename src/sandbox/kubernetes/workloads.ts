/** The parts of workload objects that controllers read and write (apps/v1, batch/v1 and core/v1 of Kubernetes 1.36). */
import type { KubeObject } from './objects.ts'

export interface KeyRef {
  readonly name?: string
  readonly key: string
  readonly optional?: boolean
}

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly secretKeyRef?: KeyRef }
}

export interface EnvFromSource {
  readonly prefix?: string
  readonly secretRef?: { readonly name?: string; readonly optional?: boolean }
}

export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly subPath?: string
  readonly readOnly?: boolean
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly EnvFromSource[]
  volumeMounts?: VolumeMount[]
}

export interface KeyToPath {
  readonly key: string
  readonly path: string
}

export interface SecretVolume {
  readonly secretName?: string
  readonly items?: readonly KeyToPath[]
  readonly optional?: boolean
}

export interface SecretProjection {
  readonly name?: string
  readonly items?: readonly KeyToPath[]
  readonly optional?: boolean
}

export interface Volume {
  readonly name: string
  readonly secret?: SecretVolume
  readonly projected?: { readonly sources?: readonly { readonly secret?: SecretProjection }[] }
}

export interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  nodeName?: string
  restartPolicy?: string
  terminationGracePeriodSeconds?: number
  serviceAccountName?: string
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: PodSpec
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  lastUpdateTime?: string
  lastTransitionTime?: string
  reason?: string
  message?: string
}

export interface Pod extends KubeObject {
  spec: PodSpec
  status: {
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
    conditions?: Condition[]
    startTime?: string
    [member: string]: unknown
  }
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

export type IntOrPercent = number | string

export interface DeploymentStatus {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  unavailableReplicas?: number
  terminatingReplicas?: number
  conditions?: Condition[]
}

export interface Deployment extends KubeObject {
  spec: {
    replicas: number
    selector: LabelSelector
    template: PodTemplate
    strategy: { type: 'RollingUpdate' | 'Recreate'; rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent } }
    minReadySeconds?: number
    revisionHistoryLimit: number
    progressDeadlineSeconds: number
    paused?: boolean
  }
  status: DeploymentStatus
}

export interface ReplicaSetStatus {
  replicas: number
  fullyLabeledReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  terminatingReplicas?: number
  observedGeneration?: number
}

export interface ReplicaSet extends KubeObject {
  spec: { replicas: number; minReadySeconds?: number; selector: LabelSelector; template: PodTemplate }
  status: ReplicaSetStatus
}

export interface StatefulSet extends KubeObject {
  spec: {
    replicas: number
    selector: LabelSelector
    template: PodTemplate
    podManagementPolicy?: 'OrderedReady' | 'Parallel'
    updateStrategy: { type: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { partition?: number } }
    minReadySeconds?: number
    revisionHistoryLimit: number
  }
  status: {
    observedGeneration?: number
    replicas: number
    readyReplicas?: number
    currentReplicas?: number
    updatedReplicas?: number
    currentRevision?: string
    updateRevision?: string
    collisionCount?: number
    availableReplicas: number
  }
}

export interface DaemonSet extends KubeObject {
  spec: {
    selector: LabelSelector
    template: PodTemplate
    updateStrategy: { type: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent } }
    minReadySeconds?: number
    revisionHistoryLimit: number
  }
  status: {
    currentNumberScheduled: number
    numberMisscheduled: number
    desiredNumberScheduled: number
    numberReady: number
    observedGeneration?: number
    updatedNumberScheduled?: number
    numberAvailable?: number
    numberUnavailable?: number
  }
}

/** A template as it was at one revision of a StatefulSet or DaemonSet. */
export interface ControllerRevision extends KubeObject {
  data: { spec: { template: PodTemplate } }
  revision: number
}

export interface Job extends KubeObject {
  spec: { parallelism: number; completions?: number; backoffLimit: number; suspend?: boolean; selector?: LabelSelector; template: PodTemplate }
  status: { active?: number; ready?: number; succeeded?: number; startTime?: string; completionTime?: string; conditions?: Condition[] }
}

export interface CronJob extends KubeObject {
  spec: { schedule: string; suspend: boolean; jobTemplate: { metadata?: PodTemplate['metadata']; spec: Omit<Job['spec'], 'selector'> } }
  status: { lastScheduleTime?: string; active?: unknown[] }
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Whether a pod takes part: neither finished nor on its way out. Controllers count these only. */
export function isActive(pod: Pod): boolean {
  return pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status.conditions, 'Ready')?.status === 'True'
}
