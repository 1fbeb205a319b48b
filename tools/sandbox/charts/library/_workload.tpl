{{/* The release's name when it has the chart's in it, else both; the name that most charts give their objects. */}}
{{- define "sandbox.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "sandbox.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "sandbox.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "sandbox.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Variables, whether a chart takes them as a list, as a map or as a text with templates in it. */}}
{{- define "sandbox.env" -}}
{{- if kindIs "map" .env }}
{{- range $name, $value := .env }}
- name: {{ $name }}
  {{- if kindIs "map" $value }}
  valueFrom: {{- toYaml (get $value "valueFrom" | default $value) | nindent 4 }}
  {{- else }}
  value: {{ tpl (toString $value) $.root | quote }}
  {{- end }}
{{- end }}
{{- else if kindIs "string" .env }}
{{ tpl .env .root }}
{{- else if .env }}
{{ toYaml .env }}
{{- end }}
{{- end -}}

{{- define "sandbox.claim" -}}
accessModes: {{- toYaml (.accessModes | default (list (.accessMode | default "ReadWriteOnce"))) | nindent 2 }}
resources:
  requests:
    storage: {{ .size | default "10Gi" }}
{{- with .storageClassName | default .storageClass }}
storageClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{/*
A workload and its Service.
  root, kind, name, component
  pods      values with fields of the pod; the first that has a field wins
  replicas, image (without tag), args
  ports     name → list of the Service's port and the container's; no Service without
  service   the Service's values
  claim     values of a volume
  secrets   names of Secrets whose keys become variables
*/}}
{{- define "sandbox.workload" -}}
{{- $root := .root -}}
{{- $pod := dict -}}
{{- range .pods }}
{{- range $field, $value := . }}
{{- if and $value (not (hasKey $pod $field)) }}
{{- $_ := set $pod $field $value }}
{{- end }}
{{- end }}
{{- end }}
{{- $image := ternary $pod.image dict (kindIs "map" $pod.image) -}}
{{- $claim := ternary .claim dict (kindIs "map" .claim) -}}
{{- $claimed := and $claim.enabled (ne .kind "DaemonSet") -}}
apiVersion: apps/v1
kind: {{ .kind }}
metadata:
  {{- include "sandbox.metadata" . | nindent 2 }}
spec:
  {{- if ne .kind "DaemonSet" }}
  replicas: {{ ternary 1 .replicas (kindIs "invalid" .replicas) | int }}
  {{- end }}
  {{- if eq .kind "StatefulSet" }}
  serviceName: {{ .name }}
  {{- end }}
  selector:
    matchLabels: {{- include "sandbox.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "sandbox.selector" . | nindent 8 }}
        {{- with $pod.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $pod.podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- range $field := list "nodeSelector" "tolerations" "topologySpreadConstraints" "priorityClassName" "imagePullSecrets" "hostNetwork" }}
      {{- with get $pod $field }}
      {{ $field }}: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- $volumes := $pod.volumes | default list }}
      {{- if and $claimed (eq .kind "Deployment") }}
      {{- $claimName := $claim.existingClaim | default .name }}
      {{- $volumes = append $volumes (dict "name" "data" "persistentVolumeClaim" (dict "claimName" $claimName)) }}
      {{- end }}
      {{- with $volumes }}
      volumes: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if kindIs "map" $pod.affinity }}
      affinity: {{- toYaml $pod.affinity | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ with $image.registry }}{{ . }}/{{ end }}{{ $image.repository | default .image }}:{{ $image.tag | default $root.Chart.AppVersion }}
          {{- $args := .args | default list }}
          {{- range list $pod.extraArgs $pod.additionalArgs }}
          {{- if kindIs "slice" . }}
          {{- $args = concat $args . }}
          {{- end }}
          {{- end }}
          {{- with $args }}
          args: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .ports }}
          ports:
            {{- range $name, $port := . }}
            - name: {{ $name }}
              containerPort: {{ last $port }}
            {{- end }}
          {{- end }}
          {{- $env := "" }}
          {{- range $field := list "env" "extraEnv" "additionalEnv" "extraEnvs" "envValueFrom" "extraEnvironmentVars" }}
          {{- $env = print $env (include "sandbox.env" (dict "env" (get $pod $field) "root" $root)) }}
          {{- end }}
          {{- with trim $env }}
          env: {{- . | nindent 12 }}
          {{- end }}
          {{- $from := $pod.envFrom | default list }}
          {{- with $pod.extraEnvFrom }}
          {{- $from = concat $from (ternary (fromYamlArray (tpl (toString .) $root)) . (kindIs "string" .)) }}
          {{- end }}
          {{- range compact (.secrets | default list) }}
          {{- $from = append $from (dict "secretRef" (dict "name" .)) }}
          {{- end }}
          {{- with $from }}
          envFrom: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $pod.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- if or $claimed $pod.volumeMounts }}
          volumeMounts:
            {{- with $pod.volumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
            {{- if $claimed }}
            - name: data
              mountPath: /data
            {{- end }}
          {{- end }}
  {{- if and $claimed (eq .kind "StatefulSet") }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec: {{- include "sandbox.claim" $claim | nindent 8 }}
  {{- end }}
{{- if and $claimed (eq .kind "Deployment") (not $claim.existingClaim) }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "sandbox.metadata" . | nindent 2 }}
spec: {{- include "sandbox.claim" $claim | nindent 2 }}
{{- end }}
{{- with .ports }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "sandbox.metadata" $ | nindent 2 }}
  {{- with ($.service | default dict).annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ ($.service | default dict).type | default "ClusterIP" }}
  selector: {{- include "sandbox.selector" $ | nindent 4 }}
  ports:
    {{- range $name, $port := . }}
    - name: {{ $name }}
      port: {{ first $port }}
      targetPort: {{ last $port }}
    {{- end }}
{{- end }}
{{- end -}}
