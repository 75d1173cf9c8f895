/**
 * catalogue/search/thesaurus — other words for what tools do and what they do it to: English ones, short forms, and those of
 * German, French, Spanish, Portuguese, Italian, Chinese and Japanese.
 *
 * Tools are described in English; people ask in their own words. Each row is one notion: before the bar the words that
 * descriptions use (a plus joins those that go together), after it what else people say for it. Words are written as `wordsOf` gives them (no accents).
 * Only general words of computers and offices stand here: what a product calls its own is found in its own texts.
 * Knows nothing of: which tools there are.
 */
import { stem } from './words.ts';

const notions = `
create add new make | build generate insert open post anlegen erstellen erzeugen hinzufugen neu neue neuen neues erstelle creer cree ajouter nouveau nouvelle crear crea anadir agregar nuevo nueva criar adicionar creare aggiungere nuovo 创建 新建 建立 添加 增加 新增 作成 作る 追加 新規
generate create | draw plot render make zeichnen erzeugen dessiner generer generar dibujar gerar generare 生成 画 绘制 描く 生成 作る
delete remove | erase drop destroy wipe discard loschen losche entfernen supprimer effacer enlever eliminar borrar quitar apagar excluir cancellare eliminare 删除 移除 清除 删掉 削除 消す 取り除く
update edit modify | change alter set patch adjust revise replace andern bearbeiten aktualisieren modifier changer actualizar editar cambiar modificar atualizar alterar aggiornare modificare 更新 修改 编辑 更改 変更 更新 編集 修正
get retrieve read fetch show | view display look see obtain anzeigen zeigen zeige holen abrufen ansehen afficher montrer obtenir voir mostrar obtener ver exibir obter mostrare ottenere 获取 查看 显示 得到 表示 取得 見る
list get show all | enumerate overview auflisten liste anzeigen lister listar enumerar listare elencare 列出 列表 清单 一覧 リスト 列挙
read | open load lesen lies auslesen lire leer ler leggere 读取 读 阅读 読む 読み込む 読み取る
write save | store put schreiben speichern ecrire enregistrer escribir guardar escrever salvar scrivere salvare 写入 写 保存 書く 書き込む 保存
search find query | look locate seek lookup suchen suche finden chercher rechercher trouver recherche buscar encontrar procurar cercare trovare 搜索 查找 查询 搜 寻找 検索 探す 調べる
move rename | relocate transfer verschieben umbenennen deplacer renommer mover renombrar renomear spostare rinominare 移动 重命名 改名 移動 名前
copy duplicate | clone fork kopieren copier dupliquer copiar copiare 复制 拷贝 コピー 複製
upload attach | hochladen anhangen televerser joindre subir cargar enviar caricare allegare 上传 上載 アップロード 添付
download export | save fetch herunterladen exportieren telecharger exporter descargar exportar baixar scaricare esportare 下载 导出 ダウンロード エクスポート
run execute start | launch trigger invoke perform ausfuhren starten starte executer lancer demarrer ejecutar iniciar correr executar rodar eseguire avviare 运行 执行 启动 开始 実行 起動 開始
stop kill terminate cancel | end abort halt quit beenden stoppen abbrechen arreter terminer annuler detener parar terminar cancelar fermare interrompere 停止 终止 结束 取消 杀死 停止 終了 中止
rerun retry restart | again repeat redo neustarten wiederholen relancer recommencer reiniciar repetir riavviare 重启 重试 重新 再起動 再実行 やり直す
rollback revert undo | back zuruckrollen annuler deshacer revertir desfazer annullare 回滚 撤销 元に戻す 取り消す
close | schliessen fermer cerrar fechar chiudere 关闭 閉じる
open | offnen oeffnen ouvrir abrir aprire 打开 開く
navigate | go visit open browse gehen besuchen aller visiter ir navegar visitar andare 导航 访问 前往 移動 アクセス
click | press tap push klicken anklicken cliquer clic pulsar clicar cliccare 点击 单击 クリック 押す
fill type | enter input ausfullen eingeben tippen remplir saisir rellenar escribir llenar preencher compilare 填写 输入 填 入力 記入
wait | pause warten attendre esperar aspettare 等待 待つ
send | senden schicken envoyer enviar mandar inviare 发送 寄 送る 送信
count number | many amount total zahlen anzahl wieviele compter nombre contar numero cuantos quantidade contare 计数 数量 多少 统计 数える 数 件数
compare diff | difference changes vergleichen unterschied comparer comparar confrontare 比较 对比 差异 比較 差分
validate check verify | test lint prufen uberprufen verifier valider verificar validar comprobar verificare 验证 检查 校验 検証 確認 チェック
explain describe | detail details information erklaren beschreiben expliquer decrire explicar describir spiegare descrivere 解释 说明 描述 説明
assign | give hand zuweisen assigner asignar atribuir assegnare 分配 指派 割り当て
approve | accept confirm genehmigen freigeben approuver aprobar aprovar approvare 批准 同意 承認
merge | join combine zusammenfuhren fusionner fusionar combinar unire 合并 マージ 結合
summarize summary | digest zusammenfassen resumer resume resumir riassumere 总结 摘要 要約
connect | verbinden connecter conectar collegare 连接 接続
scale | resize grow skalieren redimensionner escalar ridimensionare 扩容 缩放 スケール
install | setup deploy installieren installer instalar installare 安装 インストール
uninstall remove | deinstallieren desinstaller desinstalar disinstallare 卸载 アンインストール
monitor | watch observe track alert notify uberwachen beobachten surveiller vigilar monitorear monitorare 监控 监视 監視
comment note | remark reply respond feedback discussion kommentar kommentieren anmerkung commentaire commenter remarque comentario comentar commento commentare 评论 注释 备注 コメント 注釈
file | document datei dateien fichier fichiers archivo archivos fichero arquivo ficheiro 文件 档案 ファイル
directory folder | dir ordner verzeichnis dossier dossiers repertoire carpeta directorio pasta cartella 文件夹 目录 フォルダ フォルダー ディレクトリ
image screenshot | picture photo pic img png jpg media bild bilder foto photo imagen imagenes imagem immagine 图片 图像 照片 画像 写真
screenshot | capture snap screencap grab bildschirmfoto bildschirmabzug capture captura pantallazo schermata 截图 截屏 屏幕截图 スクリーンショット スクショ 画面
page | site website webpage tab seite seiten pagina paginas 页面 网页 ページ
web internet | online website netz toile sito 网络 互联网 网页 网 ウェブ ネット インターネット
url link | address adresse lien enlace direccion indirizzo endereco 链接 网址 リンク アドレス
browser | navigateur navegador 浏览器 ブラウザ
form | formular formulaire formulario modulo 表单 フォーム
button element | knopf schaltflache bouton boton bottone botao 按钮 ボタン
press+key key | keyboard taste tastatur touche clavier tecla teclado 键 键盘 キー キーボード
table | tabelle tableau tabla tabela tabella 表 表格 テーブル 表
record row | entry item line datensatz eintrag zeile enregistrement ligne registro registros fila 记录 行 条目 レコード 行
field property | column attribute spalte feld eigenschaft colonne champ propriete columna campo propiedad coluna 字段 列 属性 列 フィールド プロパティ
database | db datenbank datenbanken base donnees datos bases banco 数据库 データベース
collection | sammlung sammlungen coleccion colecao collezione 集合 コレクション
document | dokument dokumente documento documentos 文档 ドキュメント 文書
index | indexes indices indice 索引 インデックス
query | sql abfrage requete consulta interrogazione 查询 クエリ
schema structure | struktur schema esquema 结构 模式 スキーマ 構造
aggregate aggregation | group sum aggregieren agreger agregar agregacion 聚合 集計
explain+plan explain index | slow performance langsam lent lento 慢 遅い
log logs | output protokoll protokolle journal journaux registro registros 日志 记录 ログ
error failure | fail broken break crash bug exception fehler erreur panne fallo errore erro 错误 失败 エラー 失敗
process | program task programm prozess prozesse processus programme proceso procesos programa 进程 程序 プロセス プログラム
terminal process command | shell bash console cli befehl kommando commande comando 命令 终端 コマンド ターミナル
config configuration | settings setting preferences einstellung einstellungen konfiguration parametres reglages configuracion ajustes configuracao impostazioni 配置 设置 設定
environment variable | env vars umgebung umgebungsvariablen environnement entorno variable 环境 变量 環境変数
user | person people member account benutzer nutzer utilisateur utilisateurs usuario usuarios utente 用户 使用者 ユーザー 利用者
team group | organization mannschaft gruppe equipe groupe equipo grupo squadra 团队 组 チーム グループ
project | projekt projekte projet projets proyecto proyectos projeto progetto 项目 プロジェクト
repository | repo repos depot repositorio 仓库 代码库 リポジトリ
branch | zweig branche branches rama ramas ramo 分支 ブランチ
commit | revision change 提交 コミット
merge+request | mr pr pull fusionsanforderung 合并请求 プルリクエスト マージリクエスト
issue | ticket bug defect incident problem fehler anfrage incidencia chamado 问题 工单 缺陷 課題 チケット イシュー
story | ticket task card geschichte histoire historia storia 故事 ストーリー
task | todo job chore aufgabe aufgaben tache taches tarea tareas tarefa compito 任务 待办 タスク
todo | task reminder aufgabe tache tarea 待办 やること
iteration | sprint cycle iteracion 迭代 冲刺 スプリント イテレーション
epic | epos epopee epica 史诗 エピック
label tag | etikett schlagwort etiquette etiqueta etichetta 标签 ラベル タグ
pipeline workflow build ci | pipelines flujo 流水线 工作流 构建 パイプライン ワークフロー ビルド
pipeline | continuous integration build
test | tests prueba essai 测试 テスト
deployment | deploy rollout release bereitstellung deploiement despliegue implantacao 部署 发布 デプロイ デプロイメント
rollout | restart redeploy
node | machine host worker knoten noeud nodo 节点 ノード
node cordon drain | maintenance service
pod container | docker conteneur contenedor 容器 コンテナ ポッド
cluster kubernetes | k8s kube grappe 集群 クラスタ
chart diagram graph | plot diagramm grafik graphique graphe diagramme grafico grafica graficos diagrama 图 图表 图形 图解 グラフ 図 チャート
pie | circle round share kreis kuchen torten camembert circulaire torta 饼 饼图 円
bar column | bars balken saulen barres barras barre 条形 柱状 柱 棒
line trend | curve time linie linien kurve ligne courbe linea lineas linha 折线 曲线 趋势 折れ線 線
area | flache surface 面积 面
histogram | distribution frequency histogramm verteilung histogramme histograma istogramma 直方 直方图 分布 ヒストグラム
scatter | points streudiagramm nuage dispersion dispersao 散点 散点图 散布
fishbone | cause effect ishikawa ursache wirkung causa efecto 鱼骨 鱼骨图 特性要因
flow+diagram | flowchart process flussdiagramm ablauf organigramme flujograma fluxograma 流程 流程图 フロー フローチャート
mind+map | brainstorm gedankenkarte mentale mapa mental 思维导图 脑图 マインドマップ
network+graph | relations relationship netzwerk reseau red rede rete 网络图 关系图 ネットワーク
organization+chart hierarchy | hierarchie jerarquia orgchart organigramm organigrama 组织 组织架构 层级 組織図
map | geography karte landkarte carte mapa mappa 地图 地図
route path | way trip travel itinerary strecke itineraire ruta rota percorso 路线 经路 ルート 経路
word+cloud | tagcloud wortwolke nuage nube 词云 ワードクラウド
funnel | conversion trichter entonnoir embudo 漏斗 ファネル
spreadsheet | excel sheet xlsx tabellenkalkulation tableur planilla 电子表格 表計算 スプレッドシート
size | big large bytes space grosse taille tamano tamanho dimensione 大小 尺寸 サイズ 大きさ
information metadata | info details angaben infos informacion informacao informazioni 信息 元数据 情報
tree | baum arbre arbol albero arvore 树 树形 ツリー
text | texte texto testo 文本 文字 テキスト
code script | javascript js source quelltext quellcode codigo codice 代码 脚本 コード スクリプト
evaluate script javascript | execute run js
library documentation | docs doc manual reference guide dokumentation bibliothek handbuch bibliotheque documentacion biblioteca documentazione 文档 库 手册 ドキュメント ライブラリ
paper papers | scientific academic article study research scholarly artikel wissenschaftlich scientifique cientifico articulo 论文 研究 論文
news | headlines press latest nachrichten neuigkeiten actualites nouvelles noticias notizie 新闻 消息 ニュース
video | film clip movie youtube videos 视频 影片 動画 ビデオ
local place | nearby near restaurant shop location around nahe umgebung proximite cerca lugar vicino 附近 地点 位置 近く 場所
crawl | spider harvest 爬取 抓取 爬虫 クロール
scrape extract | harvest grab extrahieren extraire extraer estrarre 抓取 提取 抽出 スクレイピング
thinking thought | think reason reasoning reflect denken penser raisonner pensar 思考 推理 考える
graph knowledge memory | remember remembered know known memory gedachtnis wissen connaissance memoire memoria conocimiento 知识 记忆 图谱 知識 記憶
entity | thing object entitat entite entidad 实体 エンティティ
relation | relationship connection beziehung relation relacion 关系 関係
design figma | layout mockup entwurf maquette diseno 设计 デザイン
icon | symbol symbole icono 图标 アイコン
dialog | popup alert prompt dialogfenster dialogue dialogo 对话框 弹窗 ダイアログ
network+request request | http traffic xhr anfragen requetes solicitudes 请求 リクエスト
performance | speed slow perf leistung geschwindigkeit rendimiento desempenho 性能 パフォーマンス
message | messages nachricht nachrichten mensaje mensajes mensagem messaggio 消息 信息 メッセージ
active current | running now ongoing open laufend laufende laufenden aktiv actuel actif activo actual 当前 活动 正在 現在 実行中 進行中
upcoming next | future coming soon kommende nachste prochain proxima proximo siguiente 即将 下一个 次
history | past previous verlauf geschichte historique historial historico cronologia 历史 履歴
multiple | several many mehrere plusieurs varios 多个 複数
markdown | md
json | objekt
attachment file | anhang piece adjunto anexo allegato 附件 添付ファイル
shape symbol | form figure forme figura 形状 図形
sum add | plus addition summe somme suma soma 求和 加 合計 足す
approval approve | signoff genehmigung approbation aprobacion 批准 承認
resource | ressource recurso risorsa 资源 リソース
share part proportion | percent percentage anteil pourcentage porcentaje 比例 占比 百分比 割合
`;

/** What a word may stand for: stems as they are in descriptions. */
export type Meanings = ReadonlyMap<string, readonly Meaning[]>;
/** One stem, or several that go together. */
export type Meaning = readonly string[];

interface Thesaurus {
  /** By word and by stem. */
  readonly meanings: Meanings;
  /** Words of Han and Kana, the longest first within their first character. */
  readonly eastAsian: ReadonlyMap<string, readonly string[]>;
}

let made: Thesaurus | undefined;

/** Made when it is asked for the first time. */
export function thesaurus(): Thesaurus {
  made ??= make();
  return made;
}

function make(): Thesaurus {
  const meanings = new Map<string, Meaning[]>();
  const eastAsian = new Map<string, string[]>();
  const learn = (word: string, means: readonly Meaning[]): void => {
    const known = meanings.get(word) ?? [];
    for (const one of means)
      if (!known.some((other) => other.join() === one.join()) && one.join() !== word) known.push(one);
    meanings.set(word, known);
  };
  for (const line of notions.split('\n')) {
    const [left, right] = line.split('|');
    if (left === undefined || right === undefined) continue;
    const means = split(left).map((meaning) => meaning.split('+').map(stem));
    for (const word of [...split(left), ...split(right)].filter((one) => !one.includes('+'))) {
      learn(word, means);
      if (stem(word) !== word) learn(stem(word), means);
      const first = word[0] as string;
      if (first > '\u2e80') {
        const others = eastAsian.get(first) ?? [];
        if (!others.includes(word)) others.push(word);
        eastAsian.set(first, others);
      }
    }
  }
  for (const words of eastAsian.values()) words.sort((a, b) => b.length - a.length);
  return { meanings, eastAsian };
}

function split(words: string): string[] {
  return words.split(' ').filter(Boolean);
}

/**
 * The known words in a run of Han or Kana, from left to right, the longest first, and what is left between them.
 */
export function splitEastAsian(run: string): {
  readonly known: readonly string[];
  readonly rest: readonly string[];
} {
  const words = thesaurus().eastAsian;
  const known: string[] = [];
  const rest: string[] = [];
  let unknown = '';
  const flush = (): void => {
    if (unknown !== '') rest.push(unknown);
    unknown = '';
  };
  for (let at = 0; at < run.length; ) {
    const found = words.get(run[at] as string)?.find((word) => run.startsWith(word, at));
    if (found === undefined) {
      unknown += run[at];
      at += 1;
    } else {
      flush();
      known.push(found);
      at += found.length;
    }
  }
  flush();
  return { known, rest };
}
