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
import { consoleAlone } from "./shell/consoleAlone.ts";
import { useTheme } from "./shell/theme.ts";
import ConsoleWindow from "./features/console/ConsoleWindow.vue";
import WindowFrame from "./shell/WindowFrame.vue";

const app = createApp(consoleAlone === undefined ? WindowFrame : ConsoleWindow);
app.use(createPinia());
useTheme().apply();
const machines = useMachines();
if (consoleAlone !== undefined) machines.select(consoleAlone);
machines.connect(new Bridge(machines.pageCalls()));
app.mount("#app");
