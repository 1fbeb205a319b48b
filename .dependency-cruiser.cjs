// The three grounds of the project, and that nothing goes in circles: `npm run check` holds them.
"use strict";

/** What a ground must not import, and why. */
const ground = (name, comment, from, to) => ({ name, comment, severity: "error", from: { path: from }, to });

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "A file that needs itself can't be read on its own.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ground("manifests-are-pure", "Builders know objects and texts only.", "^manifests/", {
      path: "^(cache|components|provider|stacks|tools)/|node_modules/(@pulumi|@kubernetes|cloudflare|undici)/",
    }),
    ground("manifests-do-nothing", "Builders read no file and ask no network.", "^manifests/", {
      path: "^(node:)?(fs|fs/promises|http|https|net|child_process|os)$",
    }),
    ground(
      "resources-apart",
      "What a program instantiates runs in another process than the plugin.",
      "^components/",
      {
        path: "^(provider|stacks|tools)/",
      },
    ),
    ground("plugin-apart", "The plugin's process has no Pulumi program.", "^provider/", {
      path: "^(components|stacks|tools)/",
    }),
    ground("cache-below", "The cache is used by both processes.", "^cache/", {
      path: "^(components|manifests|provider|stacks|tools)/",
    }),
    ground("systems-above", "Systems are made of components and builders.", "^stacks/", {
      path: "^(provider|tools)/",
    }),
    ground(
      "sandbox-starts-quickly",
      "Each of its processes would take seconds to load the official client.",
      // Plugins of the engine are bundled.
      "^tools/sandbox/(?!pulumi/)",
      { path: "node_modules/@kubernetes/" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".d.ts"] },
  },
};
