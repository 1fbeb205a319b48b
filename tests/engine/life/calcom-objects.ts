import { strict as assert } from "node:assert";
import { parseAllDocuments } from "yaml";
import { assertHas, inUrl } from "../expect";
import { eventually } from "../commands";
import { base64, isReady, type KubeObject } from "../observed";
import type { Sandbox } from "../sandbox";

/** What Flux hands over, in the namespace flux-system. */
const fluxObjects = (gitUrl: string): string => `
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: calcom-app, namespace: flux-system }
spec:
  interval: 5m
  timeout: 60s
  url: ${gitUrl}/your-org/calcom.git
  ref: { branch: main }
  secretRef: { name: flux-ssh-auth }
  ignore: |
    /*
    !/k8s/
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: calcom-ns, namespace: flux-system }
spec:
  dependsOn:
    - name: origin-ca-issuer-controller
  interval: 10m
  prune: true
  sourceRef: { kind: GitRepository, name: flux-system, namespace: flux-system }
  path: ./clusters/my-cluster/calcom/ns
  timeout: 2m
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: calcom-app, namespace: flux-system }
spec:
  dependsOn:
    - name: calcom-ns
    - name: external-secrets-store
  interval: 10m
  timeout: 10m
  prune: true
  wait: true
  sourceRef: { kind: GitRepository, name: calcom-app, namespace: flux-system }
  path: ./k8s/prod
  targetNamespace: calcom
`;

/** Cal.com itself. */
const appObjects = `
apiVersion: v1
kind: Namespace
metadata: { name: calcom, labels: { name: calcom } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: calcom-db, namespace: calcom }
spec:
  serviceName: calcom-db
  replicas: 1
  selector: { matchLabels: { app: calcom-db } }
  template:
    metadata: { labels: { app: calcom-db } }
    spec:
      securityContext: { fsGroup: 999 }
      containers:
        - name: postgres
          image: postgres:16.4-alpine
          ports: [{ containerPort: 5432 }]
          envFrom: [{ secretRef: { name: calcom-db } }]
          volumeMounts: [{ name: data, mountPath: /var/lib/postgresql/data }]
          startupProbe:
            exec: { command: [pg_isready, -U, calcom, -h, localhost] }
            failureThreshold: 30
            periodSeconds: 10
            timeoutSeconds: 5
          readinessProbe:
            exec: { command: [pg_isready, -U, calcom, -h, localhost] }
            periodSeconds: 10
            timeoutSeconds: 5
          livenessProbe:
            exec: { command: [pg_isready, -U, calcom, -h, localhost] }
            failureThreshold: 6
            periodSeconds: 10
            timeoutSeconds: 5
  volumeClaimTemplates:
    - metadata: { name: data }
      spec:
        accessModes: [ReadWriteOnce]
        storageClassName: nfs-client
        resources: { requests: { storage: 5Gi } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: calcom, namespace: calcom }
spec:
  replicas: 1
  selector: { matchLabels: { app: calcom } }
  template:
    metadata: { labels: { app: calcom } }
    spec:
      initContainers:
        - name: wait-for-postgres
          image: postgres:16.4-alpine
          command:
            - sh
            - -c
            - |
              until pg_isready -h calcom-db -U calcom; do
                echo "Waiting for PostgreSQL..."
                sleep 2
              done
          envFrom: [{ secretRef: { name: calcom-db } }]
        - name: migrate
          image: calcom/cal.com:v6.1.3
          command: [npx, prisma, migrate, deploy]
          envFrom: [{ secretRef: { name: calcom-secret } }]
      containers:
        - name: calcom
          image: calcom/cal.com:v6.1.3
          command: [/bin/sh, -c]
          args:
            - |
              scripts/replace-placeholder.sh "$BUILT_NEXT_PUBLIC_WEBAPP_URL" "$NEXT_PUBLIC_WEBAPP_URL"
              exec yarn start
          ports: [{ containerPort: 3000 }]
          env:
            - { name: NODE_OPTIONS, value: --max-old-space-size=1536 }
            - { name: NEXT_PUBLIC_WEBAPP_URL, value: "https://cal.example.com" }
            - { name: NEXTAUTH_URL, value: "https://cal.example.com" }
            - { name: ALLOWED_HOSTNAMES, value: '["example.com"]' }
            - { name: EMAIL_SERVER_HOST, value: email-relay.email-relay.svc.cluster.local }
            - { name: EMAIL_SERVER_PORT, value: "25" }
          envFrom: [{ secretRef: { name: calcom-secret } }]
          readinessProbe: { tcpSocket: { port: 3000 }, initialDelaySeconds: 30, periodSeconds: 10 }
          livenessProbe: { tcpSocket: { port: 3000 }, initialDelaySeconds: 60, periodSeconds: 10 }
          resources:
            requests: { cpu: 250m, memory: 1Gi }
            limits: { cpu: "1", memory: 2Gi }
---
apiVersion: v1
kind: Service
metadata: { name: calcom, namespace: calcom }
spec:
  type: ClusterIP
  selector: { app: calcom }
  ports: [{ port: 3000, targetPort: 3000 }]
---
apiVersion: v1
kind: Service
metadata:
  name: calcom-lb
  namespace: calcom
  annotations: { metallb.universe.tf/loadBalancerIPs: 192.168.1.100 }
spec:
  type: LoadBalancer
  selector: { app: calcom }
  ports: [{ port: 3000, targetPort: 3000 }]
---
apiVersion: v1
kind: Service
metadata: { name: calcom-db, namespace: calcom }
spec:
  clusterIP: None
  selector: { app: calcom-db }
  ports: [{ port: 5432, targetPort: 5432 }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: calcom, namespace: calcom }
spec:
  ingressClassName: nginx
  tls:
    - hosts: [cal.example.com]
      secretName: calcom-tls
  rules:
    - host: cal.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: calcom, port: { number: 3000 } } }
---
apiVersion: cert-manager.k8s.cloudflare.com/v1
kind: OriginIssuer
metadata: { name: cloudflare-origin, namespace: calcom }
spec:
  requestType: OriginECC
  auth: { tokenRef: { name: cfapi-token, key: api-token } }
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: calcom-tls, namespace: calcom }
spec:
  secretName: calcom-tls
  issuerRef: { group: cert-manager.k8s.cloudflare.com, kind: OriginIssuer, name: cloudflare-origin }
  dnsNames: [cal.example.com]
  duration: 8760h
  renewBefore: 720h
`;

export function calcomObjects(sandbox: Sandbox): void {
  describe("Cal.com in the cluster", () => {
    const live = async (wanted: KubeObject): Promise<KubeObject> => {
      const [group = "", version] = wanted.apiVersion.split("/");
      const kind = version === undefined ? wanted.kind : `${wanted.kind}.${version}.${group}`;
      return sandbox.object(kind, wanted.metadata.namespace ?? "", wanted.metadata.name);
    };

    it("has the objects that it is made of, field by field", async () => {
      const texts = [fluxObjects(sandbox.env.SANDBOX_GIT_SSH_URL ?? ""), appObjects];
      const wanted = texts.flatMap((text) =>
        parseAllDocuments(text).map((document) => document.toJS() as KubeObject),
      );
      assert.equal(wanted.length, 12);
      for (const object of wanted) {
        assertHas(await live(object), object, `${object.kind} ${object.metadata.name}`);
      }
    });

    it("has an Ingress without rate limits", async () => {
      const { metadata } = await sandbox.object("ingress", "calcom", "calcom");
      assert.deepEqual(metadata.annotations ?? {}, {});
    });

    it("has these Services and no others", async () => {
      const names = (await sandbox.get("services", "calcom")).map(({ metadata }) => metadata.name);
      assert.deepEqual(names.sort(), ["calcom", "calcom-db", "calcom-lb"]);
    });

    it("has the certificate, signed for the host", async () => {
      await eventually("the Certificate is Ready", async () => {
        assert.ok(isReady(await sandbox.object("certificate", "calcom", "calcom-tls")));
      });
      assert.ok(isReady(await sandbox.object("originissuer", "calcom", "cloudflare-origin")));
      const tls = await sandbox.secret("calcom", "calcom-tls");
      assert.match(tls["tls.crt"] ?? "", /^-----BEGIN CERTIFICATE-----/);
      assert.match(tls["tls.key"] ?? "", /^-----BEGIN .*PRIVATE KEY-----/);
    });

    it("has its Secrets, with the password URL-encoded in the connection strings", async () => {
      const { POSTGRES_PASSWORD = "", ...database } = await sandbox.secret("calcom", "calcom-db");
      assert.deepEqual(database, { POSTGRES_USER: "calcom", POSTGRES_DB: "calcom" });
      assert.equal(POSTGRES_PASSWORD.length, 32);

      const {
        NEXTAUTH_SECRET = "",
        CALENDSO_ENCRYPTION_KEY = "",
        ...app
      } = await sandbox.secret("calcom", "calcom-secret");
      const url = `postgresql://calcom:${inUrl(POSTGRES_PASSWORD)}@calcom-db:5432/calcom`;
      assert.deepEqual(app, { DATABASE_URL: url, DATABASE_DIRECT_URL: url, EMAIL_FROM: "you@example.com" });
      assert.equal(base64(NEXTAUTH_SECRET).length, 32);
      assert.equal(base64(CALENDSO_ENCRYPTION_KEY).length, 24);

      assert.deepEqual(Object.keys(await sandbox.secret("calcom", "cfapi-token")), ["api-token"]);
      assert.deepEqual(Object.keys(await sandbox.secret("cloudflare", "cloudflared-token")), ["token"]);
      assert.deepEqual(Object.keys(await sandbox.secret("flux-system", "flux-ssh-auth")).sort(), [
        "identity",
        "identity.pub",
        "known_hosts",
      ]);
    });

    it("runs: every pod is Ready, and cloudflared too", async () => {
      for (const namespace of ["calcom", "cloudflare"]) {
        const pods = await sandbox.get("pods", namespace);
        assert.ok(pods.length > 0, namespace);
        for (const pod of pods) assert.ok(isReady(pod), pod.metadata.name);
      }
    });
  });
}
