/** The text of an Ingress's template: hosts as most charts take them, with or without their paths. */
export function ingress(options: {
  readonly values: string;
  readonly service: string;
  readonly port: number;
}): string {
  const { values, service, port } = options;
  return `{{- $service := ${service} }}
{{- with ${values} }}
{{- if .enabled }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $service }}
  namespace: {{ $.Release.Namespace }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .ingressClassName | default .className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- with .tls }}
  tls: {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range .hosts }}
    - host: {{ ternary (get (ternary . dict (kindIs "map" .)) "host") . (kindIs "map" .) | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ $service }}
                port:
                  number: ${port}
    {{- end }}
{{- end }}
{{- end }}
`;
}
