/** The page's entry: mounts the window and connects it to its host. */
import "@xterm/xterm/css/xterm.css";
import "./style/fonts.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/dock.css";
import "./style/panels.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { Bridge } from "./bridge.ts";
import { useMachines } from "./features/machines/machines.ts";
import { useTheme } from "./shell/theme.ts";
import ConsoleWindow from "./features/console/ConsoleWindow.vue";
import WindowFrame from "./shell/WindowFrame.vue";

/** A page that was opened for one console shows nothing else. */
const consoleOf = new URLSearchParams(location.search).get("console");
const app = createApp(consoleOf === null ? WindowFrame : ConsoleWindow);
app.use(createPinia());
useTheme().apply();
const machines = useMachines();
if (consoleOf !== null) machines.select(consoleOf);
machines.connect(new Bridge(machines.pageCalls()));
app.mount("#app");
